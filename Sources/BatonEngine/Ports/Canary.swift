package import BatonCore

/// One acknowledged write of the canary, as the node that took it describes itself (R16).
package struct AcknowledgedWrite: Hashable, Sendable {
    package var id: Int64
    package var acknowledgedAt: Instant
    package var systemIdentifier: SystemIdentifier
    /// The server's own address and port.
    package var address: String
    package var port: Int
    package var wasInRecovery: Bool

    package init(
        id: Int64, acknowledgedAt: Instant, systemIdentifier: SystemIdentifier, address: String, port: Int,
        wasInRecovery: Bool
    ) {
        self.id = id
        self.acknowledgedAt = acknowledgedAt
        self.systemIdentifier = systemIdentifier
        self.address = address
        self.port = port
        self.wasInRecovery = wasInRecovery
    }
}

/// Writes along the routes as a client would, and measures what clients see.
package protocol Canary: Sendable {
    /// Connects and begins to write; returns when each route has its first acknowledged write, or has had its chance.
    /// Failures are counted, never thrown.
    func start() async
    /// The newest acknowledged write on a route since `instant`, or nil.
    func newestWrite(on route: String, since instant: Instant) async -> AcknowledgedWrite?
    /// Ends the writing, reads the acknowledged writes back, and measures: the pause from `freezeBegan` on, the
    /// recovery from `startedAt` to the first acknowledged write on `new`.
    ///
    /// - Parameter readsBack: false while clients wait, for then nothing can be read along their routes.
    func stop(startedAt: Instant, freezeBegan: Instant?, new: Node?, readsBack: Bool) async -> Measurements
}
