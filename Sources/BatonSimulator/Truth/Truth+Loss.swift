import BatonCore

/// How a server is lost in other ways than by its death.
extension Truth {
    /// A fast stop, from its signal to its end, in a moment: what a disaster in a plan leaves behind.
    mutating func stopCleanly(_ node: Int) {
        if !nodes[node].inRecovery {
            nodes[node].checkpoint = nodes[node].log.end
            nodes[node].checkpointTimeline = nodes[node].log.current.number
            nodes[node].log.end += Pace.shutdownRecord
            nodes[node].replayed = nodes[node].log.end
        }
        note(.node(node)) { _ in "has stopped with a shutdown checkpoint" }
        breakQueries(on: node)
        ended(node, control: nodes[node].inRecovery ? .shutDownInRecovery : .shutDown)
    }

    /// SIGKILL of the postmaster alone: nobody new is let in, background processes end, and a backend at work goes on until
    /// it waits for its client; it can still commit (R10).
    mutating func losePostmaster(_ node: Int) {
        guard nodes[node].process == .running, !nodes[node].inRecovery else { return }
        note(.node(node)) { _ in "has lost its postmaster; open sessions go on" }
        nodes[node].process = .orphaned
        nodes[node].senders = 0
        if let holder = nodes[node].lockHolder { lostLocks.append(LostLock(node: node, process: holder)) }
        nodes[node].lockHolder = nil
        for other in nodes.indices where nodes[other].upstream == node && nodes[other].isStreaming {
            nodes[other].isStreaming = false
            retry(other, after: Pace.retry)
        }
        hasChanged = true
    }
}
