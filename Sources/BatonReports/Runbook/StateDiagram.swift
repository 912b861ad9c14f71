internal import BatonCore

/// The ways of a plan's run as a mermaid diagram, which GitHub and GitLab draw: phases and outcomes are its states, the
/// machine's rules its arrows.
struct StateDiagram {
    private let arrows: Set<RunWalk.Arrow>

    init(_ plan: Plan, _ catalogue: Catalogue) { arrows = RunWalk.arrows(plan, catalogue) }

    /// The rules on the arrows, in the machine's order.
    var rules: [Rule] { Rule.allCases.filter { rule in arrows.contains { $0.rule == rule } } }

    /// Every state, in the order of a run.
    var places: [RunWalk.Place] { Set(arrows.flatMap { [$0.from, $0.to] }).sorted() }

    var mermaid: [String] {
        var lines = ["stateDiagram-v2"]
        for place in places where Self.identifier(place) != Self.name(place) && place != .start {
            lines.append("    state \"\(Self.name(place))\" as \(Self.identifier(place))")
        }
        for from in places {
            for to in places {
                let rules = rules.filter { arrows.contains(RunWalk.Arrow(from: from, to: to, rule: $0)) }
                guard !rules.isEmpty else { continue }
                let words = rules.map(\.rawValue).joined(separator: ", ")
                lines.append("    \(Self.identifier(from)) --> \(Self.identifier(to)): \(words)")
            }
        }
        for place in places {
            if case .finished = place { lines.append("    \(Self.identifier(place)) --> [*]") }
        }
        return lines
    }

    private static func name(_ place: RunWalk.Place) -> String {
        switch place {
        case .start: "[*]"
        case .surveying: "surveying"
        case .phase(.promote, isCommitted: true): "promote, announced"
        case .phase(let phase, _): phase.rawValue
        case .undoing: "undoing"
        case .halted: "halted"
        case .finished(let word): word
        }
    }

    /// Mermaid's names have no hyphens.
    private static func identifier(_ place: RunWalk.Place) -> String {
        switch place {
        case .start: "[*]"
        case .phase(.promote, isCommitted: true): "promoted"
        case .surveying, .phase, .undoing, .halted, .finished:
            String(name(place).map { $0 == "-" ? "_" : $0 })
        }
    }
}
