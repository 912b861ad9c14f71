package import BatonCore
package import BatonEngine
package import BatonHTTP
import BatonHosts

/// A fence as a topology describes it: three commands, or three requests.
package struct TopologyFence: Fencing {
    private let fence: NodeFence
    private let node: String
    private let client: HTTPClient
    private let secrets: @Sendable (SecretReference, Deadline) async throws -> Secret

    /// - Parameter secrets: fetches tokens and URLs, anew for each request.
    package init(
        _ fence: NodeFence, of node: String, http client: HTTPClient = HTTPClient(),
        secrets: @escaping @Sendable (SecretReference, Deadline) async throws -> Secret
    ) {
        self.fence = fence
        self.node = node
        self.client = client
        self.secrets = secrets
    }

    package var words: String { "\(fence.verify)" }

    package func check(deadline: Deadline) async throws(HostError) {
        try await call(fence.check, "check", mayAct: false, deadline: deadline)
    }

    package func act(permit: Permit, deadline: Deadline) async throws(HostError) {
        try await call(fence.act, "do", mayAct: true, deadline: deadline)
    }

    package func verify(deadline: Deadline) async -> FenceVerdict {
        do throws(HostError) {
            try await call(fence.verify, "verify", mayAct: false, deadline: deadline)
            return .proved("\(fence.verify) proves that \(node) is off")
        } catch {
            return .notProved(error.description)
        }
    }

    /// Returns when the call was fulfilled. `mayAct`: a failure may leave an effect behind.
    private func call(
        _ call: NodeFence.Call, _ key: String, mayAct: Bool, deadline: Deadline
    ) async throws(HostError) {
        let what = "`\(key)` of the fence of \(node)"
        let problem: HostError?
        switch call {
        case .command(let words): problem = await run(words, deadline: deadline)
        case .http(let request, let token): problem = await send(request, token, deadline: deadline)
        }
        guard let problem else { return }
        switch problem {
        case .refused(let text): throw .refused("\(what): \(text)")
        case .timedOut(let text): throw .timedOut("\(what): \(text)")
        case .unknown(let text): throw mayAct ? .unknown("\(what): \(text)") : .refused("\(what): \(text)")
        }
    }

    private func run(_ words: [String], deadline: Deadline) async -> HostError? {
        guard let program = words.first else { return .refused("its command is empty") }
        do throws(HostError) {
            let result = try await Program.tell(
                program, Array(words.dropFirst()), variables: ["BATON_NODE": node], input: "",
                deadline: deadline)
            guard result.status != 0 else { return nil }
            let said = OneLine(result.complaint).text
            return .unknown("\(program) ended with status \(result.status)" + (said.isEmpty ? "" : ": \(said)"))
        } catch {
            return error
        }
    }

    private func send(_ request: NodeFence.Request, _ token: SecretReference?, deadline: Deadline) async -> HostError? {
        let response: HTTPResponse
        do {
            let message = try await HTTPRequest(
                request.method.rawValue, to: request.address, token: token, json: request.body.map { Array($0.utf8) },
                secrets: secrets, deadline: deadline)
            response = try await client.send(message, deadline: deadline)
        } catch let error as HTTPError {
            switch error {
            case .invalid, .unreachable, .untrusted: return .refused(OneLine("\(error)").text)
            case .timedOut: return .timedOut(OneLine("\(error)").text)
            case .tooLong, .cancelled, .broken: return .unknown(OneLine("\(error)").text)
            }
        } catch {
            return .refused(OneLine("\(error)").text)
        }
        let isExpected = request.status.map { $0 == response.status } ?? response.isSuccess
        guard isExpected else {
            let expected = request.status.map { "\($0)" } ?? "200 to 299"
            return .unknown("the server answered \(response.status), not \(expected)")
        }
        guard let wanted = request.answer else { return nil }
        let body = String(decoding: response.body, as: UTF8.self)
        guard Self.withoutBlanks(body).contains(Self.withoutBlanks(wanted)) else {
            return .unknown("the server's answer does not contain what `expect` says")
        }
        return nil
    }

    /// Spaces and line breaks in JSON are the writer's taste.
    private static func withoutBlanks(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
