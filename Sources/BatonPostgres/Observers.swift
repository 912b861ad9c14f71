package import BatonEngine

extension Observers {
    /// Every observer of PostgreSQL and PgBouncer. A new probe is one observer and one line here.
    ///
    /// - Parameter remembered: what an earlier look has kept of the primary.
    package static func postgres(
        sessions: ClusterSessions, hosts: Hosts, remembered: RememberedPrimary? = nil
    ) -> (questions: [ObserverRegistration], facts: [any FactObserver]) {
        let view = ClusterView(sessions: sessions, hosts: hosts, remembered: remembered)
        return (
            questions: [
                ObserverRegistration(CanaryReadyObserver(view: view)),
                ObserverRegistration(PgBouncerFreezeBudgetObserver(view: view)),
                ObserverRegistration(PgBouncerReadyObserver(view: view)),
                ObserverRegistration(PostgresApplyDelayObserver(view: view)),
                ObserverRegistration(PostgresArchiverObserver(view: view)),
                ObserverRegistration(PostgresFenceableObserver(view: view)),
                ObserverRegistration(PostgresHostObserver(view: view)),
                ObserverRegistration(PostgresIdentityObserver(view: view)),
                ObserverRegistration(PostgresLogicalSlotsObserver(view: view)),
                ObserverRegistration(PostgresLossObserver(view: view)),
                ObserverRegistration(PostgresPrivilegesObserver(view: view)),
                ObserverRegistration(PostgresRecoveryTargetObserver(view: view)),
                ObserverRegistration(PostgresRejoinableObserver(view: view)),
                ObserverRegistration(PostgresReplayLagObserver(view: view)),
                ObserverRegistration(PostgresReplayPausedObserver(view: view)),
                ObserverRegistration(PostgresReplayedObserver(view: view)),
                ObserverRegistration(PostgresReplayedShutdownCheckpointObserver(view: view)),
                ObserverRegistration(PostgresSettingsParityObserver(view: view)),
                ObserverRegistration(PostgresSingleWriterObserver(view: view)),
                ObserverRegistration(PostgresStreamingObserver(view: view)),
                ObserverRegistration(PostgresSynchronousObserver(view: view)),
                ObserverRegistration(PostgresTransactionsObserver(view: view)),
                ObserverRegistration(PostgresVersionObserver(view: view)),
                ObserverRegistration(PostgresWalSendersObserver(view: view)),
            ],
            facts: [NodeFactObserver(view: view), PoolerFactObserver(view: view)]
        )
    }
}
