package import BatonCore

/// A fault that scenario files may name: what it is called and takes, and what goes wrong then. A new one is one value in
/// one of the lists beside this file.
package struct ScenarioFault: Sendable {
    package let declaration: FaultDeclaration
    /// What strikes, in order, at the moment that the scenario names.
    let faults: @Sendable (Aim) -> [Fault]

    /// What one entry of a scenario's `given` aims at: one of the things that its `on` stands for.
    struct Aim {
        let plan: Plan
        /// The node or pooler, by its place in the topology; 0 where the fault concerns neither.
        var index = 0
        /// Its name, for people.
        var name = ""
        /// The step, where the fault concerns one.
        var step: PlanStep?
        /// The step's target.
        var target: Target?
        /// Notes that the thing is hurt.
        var hurt: @Sendable (inout Harm) -> Void = { _ in }
        /// What stands after `with:`; zero where the fault takes nothing.
        var span = TimeSpan.zero
        /// The same, of a fault that takes a number.
        var count = 1
    }

    init(
        _ id: FaultID, on kind: FaultDeclaration.Kind, with value: FaultDeclaration.Value? = nil,
        isInitial: Bool = false, _ summary: String, faults: @escaping @Sendable (Aim) -> [Fault]
    ) {
        declaration = FaultDeclaration(id, on: kind, with: value, isInitial: isInitial, summary)
        self.faults = faults
    }
}

/// Every fault that a scenario may name.
package enum ScenarioFaults {
    package static let all: [ScenarioFault] = standby + node + pooler + step + run + emergency

    /// What the loader of scenario files checks against.
    package static var declarations: [FaultDeclaration] { all.map(\.declaration) }

    static let byID: [FaultID: ScenarioFault] = Dictionary(uniqueKeysWithValues: all.map { ($0.declaration.id, $0) })
}

extension ScenarioFault {
    /// Something that is wrong with a server, on a node of the scenario's choice.
    static func server(
        _ id: FaultID, with value: FaultDeclaration.Value? = nil, isInitial: Bool = false, _ summary: String,
        _ words: String, change: @escaping @Sendable (inout Truth, Aim) -> Void
    ) -> ScenarioFault {
        changed(id, on: .node, with: value, isInitial: isInitial, summary, words, change: change)
    }

    /// Something that is wrong with a pooler.
    static func pooler(
        _ id: FaultID, with value: FaultDeclaration.Value? = nil, isInitial: Bool = false, _ summary: String,
        _ words: String, change: @escaping @Sendable (inout SimulatedPooler, Aim) -> Void
    ) -> ScenarioFault {
        changed(id, on: .pooler, with: value, isInitial: isInitial, summary, words) {
            change(&$0.poolers[$1.index], $1)
        }
    }

    private static func changed(
        _ id: FaultID, on kind: FaultDeclaration.Kind, with value: FaultDeclaration.Value?, isInitial: Bool,
        _ summary: String, _ words: String, change: @escaping @Sendable (inout Truth, Aim) -> Void
    ) -> ScenarioFault {
        ScenarioFault(id, on: kind, with: value, isInitial: isInitial, summary) { aim in
            let amount = value == nil ? "" : " (\(aim.span))"
            return [
                .disturbance(
                    Disturbance("\(aim.name) \(words)\(amount)", hurt: aim.hurt) { simulation in
                        change(&simulation.truth, aim)
                        simulation.truth.hasChanged = true
                    })
            ]
        }
    }
}
