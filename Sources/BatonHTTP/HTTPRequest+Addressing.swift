package import BatonCore

extension HTTPRequest {
    /// A request to an address of a topology's, with the secrets that it names fetched now.
    ///
    /// - Parameters:
    ///   - token: where what is sent as `Authorization: Bearer` is kept.
    ///   - json: the body; nil: a request without one.
    package init(
        _ method: String, to address: HTTPAddress, token: SecretReference?, json: [UInt8]?,
        secrets: @Sendable (SecretReference, Deadline) async throws -> Secret, deadline: Deadline
    ) async throws {
        let url =
            switch address {
            case .url(let url): url
            case .secret(let reference): try await secrets(reference, deadline).reveal { $0 }
            }
        self.init(
            method, url, headers: json.map { _ in [HTTPHeader("Content-Type", "application/json")] } ?? [], body: json)
        if let token { self.token = try await secrets(token, deadline) }
    }
}
