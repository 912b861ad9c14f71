package import BatonCore

/// One header line.
package struct HTTPHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What is asked of a server.
package struct HTTPRequest: Sendable {
    /// `GET`, `POST` and so on (RFC 9110, section 9).
    package var method: String
    /// An `http` or `https` URL. No error repeats it: it may be a secret.
    package var url: String
    package var headers: [HTTPHeader]
    /// Sent as `Authorization: Bearer` (RFC 6750).
    package var token: Secret?
    /// Nil: a request without a body.
    package var body: [UInt8]?

    package init(
        _ method: String, _ url: String, headers: [HTTPHeader] = [], token: Secret? = nil, body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.token = token
        self.body = body
    }
}

/// What a server answered, whatever its status says.
package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    /// In the order in which they came; of the last answer, where interim ones came before it.
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is 200 to 299.
    package var isSuccess: Bool { (200...299).contains(status) }

    /// The first header of that name, whose case does not matter.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why a request got no answer. The texts hold neither the URL nor a secret.
package enum HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The request is impossible; nothing was sent.
    case invalid(String)
    /// No connection came about; nothing was sent.
    case unreachable(String)
    /// The server is not proved to be the one that the URL names; nothing was sent.
    case untrusted(String)
    /// No answer before the deadline; the server may have acted on the request.
    case timedOut(String)
    /// The answer is longer than the client takes; the server has acted on the request.
    case tooLong(String)
    /// The task was cancelled; the server may have acted on the request.
    case cancelled
    /// Something else broke; the server may have acted on the request.
    case broken(String)

    package var description: String {
        switch self {
        case .invalid(let text), .unreachable(let text), .untrusted(let text), .timedOut(let text), .tooLong(let text),
            .broken(let text):
            text
        case .cancelled: "cancelled before the server answered"
        }
    }
}
