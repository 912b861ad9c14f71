package import BatonCore

/// What drivers may ask. In an emergency a run asks nothing of what it has found lost (I7): a server that takes the connection
/// and never answers would cost a deadline wherever it is asked.
package protocol Reach: Sendable {
    /// From here on these are not asked; what was left out before and is not among them may be asked again.
    func leaveOut(_ lost: Set<Target>)
}

/// On whose behalf a task asks.
package enum Errand {
    /// Whether it may ask what the run leaves out: it wants the fence's evidence, or its step is done as a best effort. Whoever
    /// sets it has a short deadline of its own.
    @TaskLocal package static var asksTheLost = false
}
