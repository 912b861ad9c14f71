package import BatonCore

extension Catalogue {
    /// Every gate that Baton knows. A new gate is one file beside these and one line here.
    package static let allGates: [GateDefinition] = [
        GateDefinition(CanaryReady.self),
        GateDefinition(CanaryWrite.self),
        GateDefinition(PgBouncerFreezeBudget.self),
        GateDefinition(PgBouncerReady.self),
        GateDefinition(PostgresApplyDelay.self),
        GateDefinition(PostgresArchiver.self),
        GateDefinition(PostgresFenceable.self),
        GateDefinition(PostgresHost.self),
        GateDefinition(PostgresIdentity.self),
        GateDefinition(PostgresLogicalSlots.self),
        GateDefinition(PostgresLoss.self),
        GateDefinition(PostgresPrivileges.self),
        GateDefinition(PostgresRecoveryTarget.self),
        GateDefinition(PostgresRejoinable.self),
        GateDefinition(PostgresReplayLag.self),
        GateDefinition(PostgresReplayPaused.self),
        GateDefinition(PostgresReplayed.self),
        GateDefinition(PostgresReplayedShutdownCheckpoint.self),
        GateDefinition(PostgresSettingsParity.self),
        GateDefinition(PostgresSingleWriter.self),
        GateDefinition(PostgresStreaming.self),
        GateDefinition(PostgresSynchronous.self),
        GateDefinition(PostgresTransactions.self),
        GateDefinition(PostgresVersion.self),
        GateDefinition(PostgresWalSenders.self),
    ]
}
