import BatonActions
import BatonCore

/// Every observer of the simulation, one line each; a test proves that each gate of the catalogue has one.
package enum SimulatedObservers {
    static let all: [AnySimulatedObserver] = [
        AnySimulatedObserver(ApplyDelayObserver.self),
        AnySimulatedObserver(ArchiverObserver.self),
        AnySimulatedObserver(CanaryReadyObserver.self),
        AnySimulatedObserver(CanaryWriteObserver.self),
        AnySimulatedObserver(FreezeBudgetObserver.self),
        AnySimulatedObserver(FenceableObserver.self),
        AnySimulatedObserver(HostObserver.self),
        AnySimulatedObserver(IdentityObserver.self),
        AnySimulatedObserver(LogicalSlotsObserver.self),
        AnySimulatedObserver(LossObserver.self),
        AnySimulatedObserver(PoolerReadyObserver.self),
        AnySimulatedObserver(PrivilegesObserver.self),
        AnySimulatedObserver(RecoveryTargetObserver.self),
        AnySimulatedObserver(RejoinableObserver.self),
        AnySimulatedObserver(ReplayLagObserver.self),
        AnySimulatedObserver(ReplayPausedObserver.self),
        AnySimulatedObserver(ReplayedObserver.self),
        AnySimulatedObserver(SettingsParityObserver.self),
        AnySimulatedObserver(ShutdownCheckpointObserver.self),
        AnySimulatedObserver(SingleWriterObserver.self),
        AnySimulatedObserver(StreamingObserver.self),
        AnySimulatedObserver(SynchronousObserver.self),
        AnySimulatedObserver(TransactionsObserver.self),
        AnySimulatedObserver(VersionObserver.self),
        AnySimulatedObserver(WalSendersObserver.self),
    ]

    static let byID: [String: AnySimulatedObserver] = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

    /// The kinds of question that the simulation can answer.
    package static var ids: [String] { all.map(\.id) }
}
