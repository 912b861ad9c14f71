extension PostgresLossProbe.Survivor {
    /// Who has most of the log beyond this one, on the same timeline; nil: nobody has more. A standby of another history is
    /// no source of what is missing.
    package func furthest(of survivors: [Self]) -> Self? {
        survivors.filter { $0.timeline == timeline && $0.received > received }.max { $0.received < $1.received }
    }
}
