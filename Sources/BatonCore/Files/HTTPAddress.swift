/// Where a request of a topology's goes.
package enum HTTPAddress: Hashable, Codable, Sendable {
    /// An `http` or `https` URL without user or password.
    case url(String)
    /// Where the URL is kept: those of chat services are secrets themselves.
    case secret(SecretReference)
}
