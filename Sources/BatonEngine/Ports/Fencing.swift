package import BatonCore

/// What a fence's own proof says.
package enum FenceVerdict: Hashable, Sendable {
    /// The node is off.
    case proved(String)
    /// It is not, or nobody can tell; why. No evidence of anything.
    case notProved(String)
}

/// Switches a node off by a way of the user's own, and proves that it is off.
package protocol Fencing: Sendable {
    /// What it is, in words for reports: what is asked for the proof.
    var words: String { get }
    /// Whether the node can be fenced this way. Changes nothing.
    func check(deadline: Deadline) async throws(HostError)
    /// Switches the node off. That it succeeded proves nothing: `verify` does.
    func act(permit: Permit, deadline: Deadline) async throws(HostError)
    /// Whether the node is off now. Changes nothing.
    func verify(deadline: Deadline) async -> FenceVerdict
}
