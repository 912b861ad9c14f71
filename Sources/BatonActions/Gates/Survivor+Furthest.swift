package import BatonCore

extension LossCard.Survivor {
    /// Who has most of the log beyond this one, on the same timeline; nil: nobody has more. A standby of another history is
    /// no source of what is missing.
    package func furthest(of survivors: [Self]) -> Self? {
        survivors.filter { $0.timeline == timeline && $0.received > received }.max { $0.received < $1.received }
    }

    /// Whoever has most of the log that this one can have before it is promoted: another standby, or itself.
    package func reach(_ survivors: [Self]) -> Self { furthest(of: survivors) ?? self }
}
