package import BatonEngine

extension Performers {
    /// Every performer of PostgreSQL and PgBouncer. A new action is one performer and one line here; a test compares the
    /// list with the catalogue's.
    package static func postgres(_ workbench: Workbench) -> [PerformerRegistration] {
        [
            PerformerRegistration(CheckpointPerformer(workbench: workbench)),
            PerformerRegistration(CreateSlotsPerformer(workbench: workbench)),
            PerformerRegistration(DetachPerformer(workbench: workbench)),
            PerformerRegistration(DropSlotsPerformer(workbench: workbench)),
            PerformerRegistration(FastForwardPerformer(workbench: workbench)),
            PerformerRegistration(FencePerformer(workbench: workbench)),
            PerformerRegistration(FollowPerformer(workbench: workbench)),
            PerformerRegistration(HastenPerformer(workbench: workbench)),
            PerformerRegistration(KillPerformer(workbench: workbench)),
            PerformerRegistration(PausePerformer(workbench: workbench)),
            PerformerRegistration(PromotePerformer(workbench: workbench)),
            PerformerRegistration(RealignPerformer(workbench: workbench)),
            PerformerRegistration(ReattachPerformer(workbench: workbench)),
            PerformerRegistration(ReconnectPerformer(workbench: workbench)),
            PerformerRegistration(RejoinPerformer(workbench: workbench)),
            PerformerRegistration(ReleasePerformer(workbench: workbench)),
            PerformerRegistration(RepointPerformer(workbench: workbench)),
            PerformerRegistration(ResumePerformer(workbench: workbench)),
            PerformerRegistration(SettlePerformer(workbench: workbench)),
            PerformerRegistration(StartPrimaryPerformer(workbench: workbench)),
            PerformerRegistration(StopPerformer(workbench: workbench)),
        ]
    }
}
