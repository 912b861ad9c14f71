import BatonCore

extension Truth {
    /// A standby that somebody promoted before all began: two primaries, each with a history of its own.
    mutating func becomeRival(_ node: Int) {
        disconnect(node)
        nodes[node].inRecovery = false
        nodes[node].hasStandbySignal = false
        nodes[node].control = .inProduction
        nodes[node].upstream = nil
    }
}
