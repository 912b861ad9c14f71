package import BatonCore

/// The right to change the world. Only the engine can make one, and it makes one only while the run's lease is held and
/// its journal is open, for an effect that the journal already announces. Plan, preflight, prove and docs have no way to
/// obtain one, so none of them can reach a performer.
package struct Permit: Sendable {
    /// The run that the change belongs to.
    package let run: RunID
    /// The step that the journal announced.
    package let step: StepID

    internal init(run: RunID, step: StepID) {
        self.run = run
        self.step = step
    }
}
