import BatonCore
import BatonEngine
import BatonHTTP
import BatonHosts

/// Why a notice did not arrive, or may not have arrived; for one line of a warning.
struct NoticeFailure: Error, Hashable {
    let text: String

    /// Only the last line, without what could disturb a terminal.
    init(_ text: String) { self.text = OneLine(text).text }
}

/// Brings one notice to one target.
protocol NoticeSender: Sendable {
    func send(_ message: NoticeMessage, deadline: Deadline) async throws(NoticeFailure)
}

/// Runs a program, with the notice on stdin and in its environment.
struct CommandSender: NoticeSender {
    let words: [String]

    func send(_ message: NoticeMessage, deadline: Deadline) async throws(NoticeFailure) {
        guard let program = words.first else { throw NoticeFailure("its command is empty") }
        let result: Program.Result
        do {
            result = try await Program.tell(
                program, Array(words.dropFirst()), variables: message.variables,
                input: String(decoding: try message.json(), as: UTF8.self), deadline: deadline)
        } catch {
            throw NoticeFailure("\(error)")
        }
        guard result.status != 0 else { return }
        let said = NoticeFailure(result.complaint).text
        throw NoticeFailure("\(program) ended with status \(result.status)" + (said.isEmpty ? "" : ": \(said)"))
    }
}

/// Posts the notice as JSON. Any status from 200 to 299 counts as delivered.
struct HTTPSender: NoticeSender {
    let address: HTTPAddress
    let token: SecretReference?
    let client: HTTPClient
    let secrets: @Sendable (SecretReference, Deadline) async throws -> Secret

    func send(_ message: NoticeMessage, deadline: Deadline) async throws(NoticeFailure) {
        let response: HTTPResponse
        do {
            let request = try await HTTPRequest(
                "POST", to: address, token: token, json: try message.json(), secrets: secrets, deadline: deadline)
            response = try await client.send(request, deadline: deadline)
        } catch {
            throw NoticeFailure("\(error)")
        }
        guard !response.isSuccess else { return }
        let isRedirect = (300...399).contains(response.status)
        throw NoticeFailure(
            "the server answered \(response.status)" + (isRedirect ? ", and redirects are not followed" : ""))
    }
}
