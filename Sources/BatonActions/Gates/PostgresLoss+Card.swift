package import BatonCore

extension PostgresLossProbe.Answer {
    /// What the answer means: the bounds of the loss, each nil where nothing bounds it.
    package var card: LossCard {
        var card = LossCard(old: old, new: new, survivors: survivors)
        card.cleanStop = shutdownCheckpoint
        card.onDisk = onDisk
        card.lag = lag
        card.synchronous = synchronous
        card.logicalSlots = logicalSlots
        // What another standby has is fetched before the promotion.
        guard let reach = card.candidate?.reach(survivors) else { return card }
        if let end = shutdownCheckpoint {
            // The checkpoint's record itself is what new must have, so a position at its beginning is not enough.
            card.bytes = reach.received > end ? 0 : max(1, end.rawValue - reach.received.rawValue)
        }
        card.leastBytes = card.bytes ?? least(beyond: reach.received)
        if card.isNothing {
            card.transactions = 0
        } else if shutdownCheckpoint != nil {
            card.transactions = onDisk?.commits
        }
        card.leastTransactions = card.transactions ?? onDisk?.commits.flatMap { $0 > 0 ? $0 : nil }
        card.time = time(card, reach)
        return card
    }

    /// How much of the log is known to be missing; nil where nobody knows of any.
    private func least(beyond received: LSN) -> UInt64? {
        let heard = survivors.compactMap { $0.heardEnd }.filter { $0 > received }.map {
            $0.rawValue - received.rawValue
        }
        let missing = heard + (onDisk.map { [$0.bytes] } ?? [])
        return missing.max().flatMap { $0 > 0 ? $0 : nil }
    }

    /// New lacks no write that is older than its newest commit; nor one that is older than old's last word, when it has all
    /// that old spoke of.
    private func time(_ card: LossCard, _ candidate: LossCard.Survivor) -> TimeSpan? {
        if card.isNothing { return .zero }
        if let heard = candidate.heardAge, let end = candidate.heardEnd, end <= candidate.received {
            return candidate.lastCommitAge.map { min($0, heard) } ?? heard
        }
        return candidate.lastCommitAge
    }
}
