package import BatonCore

/// Another run may act on this cluster, so this one must not.
package struct LeaseHeld: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who holds it, since when, and how to look: complete sentences.
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// A session that held the lease is gone.
package struct LeaseLoss: Hashable, Sendable {
    package var node: String
    package var why: String

    package init(node: String, why: String) {
        self.node = node
        self.why = why
    }
}

/// The exclusive right to run against a cluster, held until `release`.
package protocol HeldLease: Sendable {
    /// Sessions lost while the lease was held.
    var losses: AsyncStream<LeaseLoss> { get }
    /// Returns when the lease is seen to be held now, or, for an effect that takes back, when nobody else can have had it.
    /// Asked right before every effect: a process that slept must not act on what it knew before. Takes well below a
    /// millisecond when all is well, and ends by the deadline or within a few seconds.
    ///
    /// - Parameters:
    ///   - candidate: the node that the run makes the primary.
    ///   - isUndo: the effect takes back what an earlier one did.
    func prove(candidate: String, isUndo: Bool, deadline: Deadline) async throws(LeaseHeld)
    func release() async
}
