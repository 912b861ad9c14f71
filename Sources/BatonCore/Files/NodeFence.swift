/// A user's own way to switch a node off, by a power switch or a cloud's API, and to prove that it is off. It is used where
/// the node's host is not controlled or does not answer.
package struct NodeFence: Hashable, Codable, Sendable {
    /// An HTTP request, and by what answer it counts as fulfilled.
    package struct Request: Hashable, Codable, Sendable {
        package enum Method: String, Hashable, Codable, Sendable, CaseIterable {
            case get = "GET"
            case post = "POST"
            case put = "PUT"
            case patch = "PATCH"
            case delete = "DELETE"

            /// What it is for, as a sentence.
            package var summary: String {
                switch self {
                case .get: "Asks, and changes nothing."
                case .post: "Orders something."
                case .put: "Puts a thing in place."
                case .patch: "Changes a part of a thing."
                case .delete: "Takes a thing away."
                }
            }
        }

        package var method: Method
        package var address: HTTPAddress
        /// Sent as JSON; nil: a request without a body.
        package var body: String?
        /// Nil: any status from 200 to 299.
        package var status: Int?
        /// What the answer's body must contain, blanks left out on both sides; nil: anything.
        package var answer: String?

        package init(
            method: Method, address: HTTPAddress, body: String? = nil, status: Int? = nil, answer: String? = nil
        ) {
            self.method = method
            self.address = address
            self.body = body
            self.status = status
            self.answer = answer
        }
    }

    /// One of the three things that are asked of a fence.
    package enum Call: Hashable, Codable, Sendable {
        /// A program and its arguments, no shell; it says yes by status 0.
        case command([String])
        /// The token is sent as `Authorization: Bearer`.
        case http(Request, token: SecretReference?)
    }

    /// Whether the node can be fenced this way; changes nothing.
    package var check: Call
    /// Switches the node off.
    package var act: Call
    /// Whether the node is proved to be off: the only evidence. Changes nothing.
    package var verify: Call

    package init(check: Call, act: Call, verify: Call) {
        self.check = check
        self.act = act
        self.verify = verify
    }
}

extension NodeFence.Call: CustomStringConvertible {
    /// What is asked, in words for reports; a program's arguments and a URL's path are left out, for both may be secrets.
    package var description: String {
        switch self {
        case .command(let words): "the command \(words.first ?? "")"
        case .http(let request, _):
            switch request.address {
            case .url(let url): "\(request.method.rawValue) \(HTTPAddress.origin(of: url))"
            case .secret(let reference): "\(request.method.rawValue) the URL at \(reference)"
            }
        }
    }
}

extension HTTPAddress {
    /// Scheme, host and port of a URL.
    package static func origin(of url: String) -> String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/").split(separator: "?").first.map(String.init) ?? ""
    }

    /// The host that a request goes to; nil where only the secret says.
    package var host: String? {
        guard case .url(let url) = self else { return nil }
        let parts = url.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count > 1 else { return nil }
        let authority = parts[1].prefix { $0 != "?" && $0 != "#" }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}
