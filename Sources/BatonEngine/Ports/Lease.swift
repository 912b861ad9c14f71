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
    func release() async
}
