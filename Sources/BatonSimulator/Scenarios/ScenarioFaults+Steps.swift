import BatonCore

extension ScenarioFaults {
    /// What may become of one step, whatever its system is like.
    static let step: [ScenarioFault] = [
        distorted("step.fails", "It is refused, however often it is tried.", .failsBefore, times: .max),
        distorted("step.flaps", "It is refused the first time.", .flaps),
        distorted(
            "step.loses-its-answer", "It happens, and the connection is lost before the answer, the first time.",
            .failsAfter, forGates: .timesOutWithout),
        distorted("step.times-out", "Nothing happens and nothing comes back, the first time.", .timesOutWithout),
        distorted(
            "step.times-out-but-happens", "It happens, and nothing comes back, the first time.", .timesOutWith),
        distorted("step.slow", "It takes half of its deadline longer, the first time.", .slow),
    ]

    /// - Parameter forGates: what it is for a gate, which does nothing whose answer could be lost.
    private static func distorted(
        _ id: FaultID, _ summary: String, _ distortion: Performance.Distortion, times: Int = 1,
        forGates: Performance.Distortion? = nil
    ) -> ScenarioFault {
        ScenarioFault(id, on: .step, summary) { aim in
            guard let step = aim.step, let target = aim.target else { return [] }
            let kind = step.kind.isGate ? forGates ?? distortion : distortion
            return [
                .disturbance(
                    Disturbance("\(id) on \(step.id) for \(target)", hurt: { _ in }) {
                        $0.distort(StepDistortion(step: step.id, target: target, distortion: kind, times: times))
                    })
            ]
        }
    }

    /// What may happen to Baton itself and around it.
    static let run: [ScenarioFault] = [
        ScenarioFault("baton.dies", on: .run, "The process at work is killed (SIGKILL).") { _ in [.batonDies] },
        ScenarioFault(
            "baton.stops", on: .run, with: .init(.span, default: .span(.zero)),
            "The process at work is stopped (SIGSTOP), for so long; 0s: until somebody continues it."
        ) { [.batonStops] + $0.afterwards(.batonGoesOn) },
        ScenarioFault("guard.dies", on: .run, "The guard is killed.") { _ in [.guardDies] },
        ScenarioFault(
            "host.crashes", on: .run, "Baton's machine goes down: run and guard end, and what was not flushed is lost."
        ) { _ in [.hostCrashes] },
        ScenarioFault("operator.interrupts", on: .run, "The operator presses Ctrl-C.") { _ in [.operatorInterrupts] },
        ScenarioFault("second.baton", on: .run, "Somebody begins the same run on another machine.") { _ in
            [.secondBaton]
        },
        ScenarioFault("disk.fills", on: .run, "The disk of the journal is full.") { _ in [.diskFills] },
    ]
}
