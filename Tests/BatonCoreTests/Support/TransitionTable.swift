@testable import BatonCore

/// What every event does in every state, gathered from machines that were driven there.
struct TransitionTable {
    enum EventKind: String, CaseIterable {
        case started, surveyed, judged, reported, observed, interrupted
        case leaseLost = "lease-lost"
        case measured, decided
        case takenOver = "taken-over"
        case guardArmed = "guard-armed"
        case guardLost = "guard-lost"
        case released, woken, watched
        case divergenceMeasured = "divergence-measured"
    }

    struct Cell: Hashable {
        var state: RunState.Kind
        var event: EventKind
    }

    struct Move: Hashable {
        var from: RunState.Kind
        var to: RunState.Kind
        var rule: Rule
    }

    private(set) var results: [Cell: Set<String>] = [:]
    private(set) var moves: Set<Move> = []
    private(set) var rules: Set<Rule> = []
    private var explored: Set<String> = []

    mutating func note(
        _ event: Event, in before: RunMachine, _ transition: Transition, then state: RunState
    ) {
        let cell = Cell(state: before.state.kind, event: event.kind)
        rules.formUnion(before.items.values.compactMap(\.rule))
        switch transition.disposition {
        case .moved(let rule):
            rules.insert(rule)
            let isMove = state.kind != before.state.kind
            if isMove { moves.insert(Move(from: before.state.kind, to: state.kind, rule: rule)) }
            results[cell, default: []].insert("`\(rule.rawValue)`" + (isMove ? " → \(state.kind.rawValue)" : ""))
        case .ignored(let why): results[cell, default: []].insert("ignored: " + Self.general(why, event, before))
        case .illegal(let why): results[cell, default: []].insert("illegal: " + Self.general(why, event, before))
        }
    }

    mutating func merge(_ other: TransitionTable) {
        results.merge(other.results) { $0.union($1) }
        moves.formUnion(other.moves)
        rules.formUnion(other.rules)
    }

    /// Tries every kind of event on a copy of the machine: what it waits for and what it does not, in time and late.
    mutating func explore(_ machine: RunMachine, waiting: [Request], truth: [FactKey: FactValue], at now: Instant) {
        let signature = "\(machine.state.kind) \(machine.stopReason?.why ?? "") \(waiting.map(Self.name))"
        guard explored.insert(signature).inserted else { return }
        var events = Self.strangers(machine)
        for request in waiting { events += Self.answers(request, machine, truth) }
        for event in events {
            for moment in [now, now + .seconds(3_600)] {
                var copy = machine
                note(event, in: machine, copy.handle(event, at: moment), then: copy.state)
            }
        }
    }

    private static func name(_ request: Request) -> String {
        switch request {
        case .ask(let id, _, _, _, _, _): "ask \(id)"
        case .perform(let id, _, _, _, _): "perform \(id)"
        case .observe(let id, _, _, _, _): "observe \(id)"
        case .survey, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest: ""
        }
    }

    /// Events that no step waits for, and the operator's.
    private static func strangers(_ machine: RunMachine) -> [Event] {
        let nobody = ItemID("nowhere", on: .node("none"))
        let nodes = machine.plan.topology.nodes.map(\.name)
        func survey(_ primaries: [String]) -> Event {
            .surveyed(
                nodes.flatMap { node in
                    [
                        Observation(FactKey(.node(node), .writable), .value(.flag(primaries.contains(node)))),
                        Observation(FactKey(.node(node), .inRecovery), .value(.flag(!primaries.contains(node)))),
                    ]
                })
        }
        func watched(_ round: Int, _ writes: Bool) -> Event {
            .watched(round: round, [Observation(FactKey(.node(nodes[0]), .writable), .value(.flag(writes)))])
        }
        var items = Set(machine.items.keys)
        items.insert(nobody)
        let decisions = items.sorted().flatMap { item in
            Decision.Choice.allCases.map { Event.decided(Decision(item: item, choice: $0, reason: "so", by: "ana")) }
        }
        return [
            .started, survey([nodes[0]]), survey([]), survey([nodes[1]]), survey(nodes),
            .judged(nobody, attempt: 1, .pass("well")), .reported(nobody, attempt: 1, .succeeded("ok")),
            .observed(nobody, attempt: 1, []), .interrupted(by: "SIGINT"),
            .leaseLost(node: nodes[0], why: "closed"), .leaseLost(node: nodes[1], why: "closed"),
            .measured(Measurements()), .guardArmed("guard is process 1"), .guardLost("killed"),
            .released(by: "ana"), .woken, watched(0, false), watched(machine.watchRound, false),
            watched(machine.watchRound, true), .divergenceMeasured(node: nodes[0], .unknown("no log")),
        ] + Takeover.Purpose.allCases.map { .takenOver(Takeover($0, by: "ana", why: "so")) } + decisions
    }

    /// Every answer to a question or an order.
    private static func answers(_ request: Request, _ machine: RunMachine, _ truth: [FactKey: FactValue]) -> [Event] {
        switch request {
        case .ask(let id, let attempt, _, _, _, _):
            return [
                .judged(id, attempt: attempt, .pass("well")), .judged(id, attempt: attempt, .unknown("no answer")),
                .judged(id, attempt: attempt + 1, .pass("well")),
            ]
        case .perform(let id, let attempt, _, _, _):
            return [
                .reported(id, attempt: attempt, .succeeded("ok")), .reported(id, attempt: attempt, .failed("refused")),
                .reported(id, attempt: attempt, .unknown("no answer")),
                .reported(id, attempt: attempt + 1, .succeeded("ok")), .observed(id, attempt: attempt, []),
            ]
        case .observe(let id, let attempt, let keys, _, _):
            let changes = machine.items[id].map { machine.changes(of: $0) } ?? []
            let seen = keys.map { key in
                Observation(key, truth[key].map { .value($0) } ?? .unknown("nobody knows"))
            }
            let done = seen.map { observation in
                let changed = changes.first { $0.key == observation.key }.map(\.value)
                let later: FactValue? = observation.key.aspect == .timeline ? .number(2) : nil
                return Observation(observation.key, (changed ?? later).map { .value($0) } ?? observation.finding)
            }
            let diverged = done.map { observation in
                observation.key.aspect == .timeline ? Observation(observation.key, .value(.number(9))) : observation
            }
            return [
                .observed(id, attempt: attempt, seen), .observed(id, attempt: attempt, done),
                .observed(id, attempt: attempt, diverged),
                .observed(id, attempt: attempt, keys.map { Observation($0, .unknown("no answer")) }),
                .observed(id, attempt: attempt + 1, seen),
            ]
        case .survey, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest:
            return []
        }
    }

    /// The sentence without the names of one run.
    private static func general(_ why: String, _ event: Event, _ machine: RunMachine) -> String {
        var text = why
        if let item = event.item { text = text.replacing("\(item)", with: "‹step›") }
        if case .decided(let decision) = event { text = text.replacing("\(decision.item)", with: "‹step›") }
        for node in machine.plan.topology.nodes { text = text.replacing(node.name, with: "‹node›") }
        for phase in Phase.allCases { text = text.replacing("step of \(phase.rawValue) ", with: "step of ‹phase› ") }
        return text
    }
}

extension Event {
    var kind: TransitionTable.EventKind {
        switch self {
        case .started: .started
        case .surveyed: .surveyed
        case .judged: .judged
        case .reported: .reported
        case .observed: .observed
        case .interrupted: .interrupted
        case .leaseLost: .leaseLost
        case .measured: .measured
        case .decided: .decided
        case .takenOver: .takenOver
        case .guardArmed: .guardArmed
        case .guardLost: .guardLost
        case .released: .released
        case .woken: .woken
        case .watched: .watched
        case .divergenceMeasured: .divergenceMeasured
        }
    }
}
