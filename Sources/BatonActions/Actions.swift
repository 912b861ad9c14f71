package import BatonCore

extension Catalogue {
    /// Every action that Baton can perform, one line each. `PerformersTests` proves that each has a performer.
    package static let allActions: [ActionDefinition] = [
        ActionDefinition(Checkpoint.self),
        ActionDefinition(CreateSlots.self),
        ActionDefinition(Detach.self),
        ActionDefinition(DropSlots.self),
        ActionDefinition(FastForward.self),
        ActionDefinition(Fence.self),
        ActionDefinition(Follow.self),
        ActionDefinition(Hasten.self),
        ActionDefinition(Kill.self),
        ActionDefinition(Pause.self),
        ActionDefinition(Promote.self),
        ActionDefinition(Realign.self),
        ActionDefinition(Reattach.self),
        ActionDefinition(Reconnect.self),
        ActionDefinition(Rejoin.self),
        ActionDefinition(Release.self),
        ActionDefinition(Repoint.self),
        ActionDefinition(Resume.self),
        ActionDefinition(Settle.self),
        ActionDefinition(StartPrimary.self),
        ActionDefinition(Stop.self),
    ]
}
