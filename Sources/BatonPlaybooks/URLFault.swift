/// What is wrong with a URL that Baton is to send requests to (RFC 3986, as far as it matters here).
enum URLFault {
    case notHTTP, noHost, user, badCharacter, badPort

    /// Nil when nothing is wrong.
    init?(of text: String) {
        let lowered = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix) else {
            self = .notHTTP
            return
        }
        guard
            text.unicodeScalars.allSatisfy({
                $0.value > 0x20 && $0.value < 0x7F && !"\"<>\\^`{|}".unicodeScalars.contains($0)
            })
        else {
            self = .badCharacter
            return
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            self = .user
            return
        }
        // A colon inside of the brackets belongs to an IPv6 address.
        let hostEnd = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.firstIndex(of: ":")
        let host = authority[..<(hostEnd ?? authority.endIndex)]
        guard !host.isEmpty else {
            self = .noHost
            return
        }
        let port = authority[host.endIndex...]
        guard port.isEmpty || Self.isPort(port.dropFirst()) else {
            self = .badPort
            return
        }
        return nil
    }

    private static func isPort(_ digits: Substring) -> Bool {
        digits.unicodeScalars.allSatisfy(\.isASCIIDigit) && UInt16(digits).map { $0 > 0 } == true
    }

    /// What follows the subject in a sentence.
    var message: String {
        switch self {
        case .notHTTP: "is no URL that begins with `https://` or `http://`"
        case .noHost: "names no host"
        case .user: "holds a user or a password, and a topology must not hold a secret"
        case .badCharacter: "contains a character that a URL must write as `%XX`"
        case .badPort: "has no port from 1 to 65535 behind its colon"
        }
    }
}
