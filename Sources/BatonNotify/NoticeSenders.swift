import BatonCore
import BatonEngine
import BatonHTTP
import BatonHosts

/// Why a notice did not arrive, or may not have arrived; for one line of a warning.
struct NoticeFailure: Error, Hashable {
    let text: String

    /// Only the last line, without what could disturb a terminal.
    init(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? text
        let scalars = line.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }
        let isLong = scalars.count > Self.longest
        self.text = String(String.UnicodeScalarView(scalars.prefix(Self.longest))) + (isLong ? "…" : "")
    }

    /// In characters.
    private static let longest = 300
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
    let address: NotifyTarget.Address
    let token: SecretReference?
    let client: HTTPClient
    let secrets: @Sendable (SecretReference, Deadline) async throws -> Secret

    func send(_ message: NoticeMessage, deadline: Deadline) async throws(NoticeFailure) {
        let response: HTTPResponse
        do {
            let url =
                switch address {
                case .url(let url): url
                case .secret(let reference): try await secrets(reference, deadline).reveal { $0 }
                }
            var request = HTTPRequest(
                "POST", url, headers: [HTTPHeader("Content-Type", "application/json")], body: try message.json())
            if let token { request.token = try await secrets(token, deadline) }
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
