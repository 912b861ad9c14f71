import BatonCore

/// A small catalogue with the conditions and changes of a real one, so that the loader is tested without the definitions.
enum TestCatalogue {
    static let catalogue = Catalogue(
        actions: [
            ActionDefinition(Checkpoint.self), ActionDefinition(Slots.self), ActionDefinition(DropSlots.self),
            ActionDefinition(Pause.self), ActionDefinition(Resume.self), ActionDefinition(Stop.self),
            ActionDefinition(Start.self), ActionDefinition(Promote.self), ActionDefinition(Repoint.self),
            ActionDefinition(Rejoin.self),
        ],
        gates: [
            GateDefinition(Streaming.self), GateDefinition(ReplayLag.self), GateDefinition(Proof.self),
            GateDefinition(SingleWriter.self), GateDefinition(PoolerReady.self), GateDefinition(CanaryWrite.self),
            GateDefinition(Sampled.self),
        ])
}

private func fact(_ target: Target, _ aspect: Aspect, _ value: FactValue, detail: String = "") -> Change {
    Change(FactKey(target, aspect, detail: detail), value)
}

private func condition(_ target: Target, _ aspect: Aspect, _ value: FactValue, _ why: String) -> Condition {
    Condition(FactKey(target, aspect), is: value, why: why)
}

protocol TestAction: Action {}
extension TestAction {
    static var summary: String { "" }
    static var defaultDeadline: TimeSpan { .seconds(5) }
    static func byHand(_: Parameters, on _: Target, in _: Scope) -> [ByHandCommand] { [] }
}

private enum Checkpoint: TestAction {
    static let id: ActionID = "postgres.checkpoint"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on _: Target, in _: Scope, mode _: Mode) -> [Condition] { [] }
    static func changes(_: NoParameters, on target: Target, in _: Scope) -> [Change] {
        []
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .nothing }
}

private enum Slots: TestAction {
    static let id: ActionID = "postgres.slots"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on _: Target, in _: Scope, mode _: Mode) -> [Condition] { [] }
    static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [fact(target, .slot, .flag(true), detail: scope.binding.old)]
    }
    static func undo(_: NoParameters, on target: Target, in _: Scope) -> Undo {
        .call(Call("postgres.drop-slots", on: target))
    }
    static func obligations(_: NoParameters, on target: Target, in scope: Scope) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed: "the slot for old keeps log.",
                discharged: [
                    fact(scope.old, .follows, .name(scope.binding.new)),
                    fact(target, .slot, .flag(false), detail: scope.binding.old),
                ],
                release: Call("postgres.drop-slots", on: target))
        ]
    }
}

private enum DropSlots: TestAction {
    static let id: ActionID = "postgres.drop-slots"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on _: Target, in _: Scope, mode _: Mode) -> [Condition] { [] }
    static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [fact(target, .slot, .flag(false), detail: scope.binding.old)]
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .nothing }
}

private enum Pause: TestAction {
    static let id: ActionID = "pgbouncer.pause"
    static let kind = TargetKind.pooler
    static func requires(_: NoParameters, on target: Target, in scope: Scope, mode _: Mode) -> [Condition] {
        [condition(target, .leadsTo, .name(scope.binding.old), "Only a pooler that leads to old is frozen.")]
    }
    static func changes(_: NoParameters, on target: Target, in _: Scope) -> [Change] {
        [fact(target, .paused, .flag(true))]
    }
    static func undo(_: NoParameters, on target: Target, in _: Scope) -> Undo {
        .call(Call("pgbouncer.resume", on: target))
    }
    static func obligations(_: NoParameters, on target: Target, in _: Scope) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed: "clients wait.", discharged: [fact(target, .paused, .flag(false))],
                release: Call("pgbouncer.resume", on: target))
        ]
    }
}

private enum Resume: TestAction {
    static let id: ActionID = "pgbouncer.resume"
    static let kind = TargetKind.pooler
    static func requires(_: NoParameters, on target: Target, in scope: Scope, mode _: Mode) -> [Condition] {
        [condition(target, .leadsTo, .name(scope.binding.new), "Clients would be released towards a stopped server.")]
    }
    static func changes(_: NoParameters, on target: Target, in _: Scope) -> [Change] {
        [fact(target, .paused, .flag(false))]
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .nothing }
}

private enum Stop: TestAction {
    static let id: ActionID = "postgres.stop"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on _: Target, in _: Scope, mode _: Mode) -> [Condition] { [] }
    static func changes(_: NoParameters, on target: Target, in _: Scope) -> [Change] {
        [
            fact(target, .writable, .flag(false)), fact(target, .running, .flag(false)),
            fact(target, .cleanShutdown, .flag(true)), fact(target, .standbySignal, .flag(true)),
        ]
    }
    static func undo(_: NoParameters, on target: Target, in _: Scope) -> Undo {
        .call(Call("postgres.start", on: target))
    }
}

private enum Start: TestAction {
    static let id: ActionID = "postgres.start"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on _: Target, in _: Scope, mode _: Mode) -> [Condition] { [] }
    static func changes(_: NoParameters, on target: Target, in _: Scope) -> [Change] {
        [fact(target, .running, .flag(true)), fact(target, .writable, .flag(true))]
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .nothing }
}

struct PromoteParameters: ParameterSet {
    static let declarations = [
        ParameterDeclaration("wait", .span, default: .span(.seconds(10)), "How long pg_promote waits."),
        ParameterDeclaration("checkpoint", .flag, default: .flag(true), "Whether a checkpoint follows."),
        ParameterDeclaration("label", .text, default: .text("baton"), "Written to the log."),
        ParameterDeclaration("tries", .count, default: .count(1), "How often."),
    ]
    init(_: Arguments) {}
}

private enum Promote: TestAction {
    static let id: ActionID = "postgres.promote"
    static let kind = TargetKind.node
    static func requires(_: PromoteParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
        var conditions = [
            condition(target, .inRecovery, .flag(true), "Only a standby can be promoted."),
            condition(scope.old, .writable, .flag(false), "Two writable servers would part for ever."),
        ]
        if mode == .planned {
            conditions.append(
                condition(scope.old, .standbySignal, .flag(true), "A restart would make a second primary."))
            conditions.append(condition(target, .complete, .flag(true), "Committed writes could be missing."))
        }
        return conditions
    }
    static func changes(_: PromoteParameters, on target: Target, in _: Scope) -> [Change] {
        [
            fact(target, .inRecovery, .flag(false)), fact(target, .writable, .flag(true)),
            fact(target, .timeline, .number(2)),
        ]
    }
    static func undo(_: PromoteParameters, on _: Target, in _: Scope) -> Undo {
        .irreversible(why: "a timeline has begun.")
    }
}

private enum Repoint: TestAction {
    static let id: ActionID = "pgbouncer.repoint"
    static let kind = TargetKind.pooler
    static func requires(_: NoParameters, on _: Target, in scope: Scope, mode _: Mode) -> [Condition] {
        [condition(scope.new, .writable, .flag(true), "Clients would be led to a server that takes no writes.")]
    }
    static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [fact(target, .leadsTo, .name(scope.binding.new))]
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .nothing }
}

private enum Rejoin: TestAction {
    static let id: ActionID = "postgres.rejoin"
    static let kind = TargetKind.node
    static func requires(_: NoParameters, on target: Target, in scope: Scope, mode _: Mode) -> [Condition] {
        [
            condition(scope.new, .writable, .flag(true), "It needs a primary to follow."),
            Condition(
                FactKey(scope.new, .slot, detail: target.name), is: .flag(true), why: "New may drop log that it needs."),
        ]
    }
    static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            fact(target, .running, .flag(true)), fact(target, .inRecovery, .flag(true)),
            fact(target, .follows, .name(scope.binding.new)),
        ]
    }
    static func undo(_: NoParameters, on _: Target, in _: Scope) -> Undo { .irreversible(why: "old is rewound.") }
}

struct FactProbe: Probe {
    static let id = "test.fact"
    func answer(in world: World) -> Bool? { nil }
}

protocol TestGate: Gate where Question == FactProbe {}
extension TestGate {
    static var summary: String { "" }
    static var source: String { "" }
    static var passing: Bool { true }
    static var refusing: Bool { false }
    static func question(_: Limit, on _: Target, in _: Scope) -> FactProbe { FactProbe() }
    static func judge(_ answer: Bool, _: Limit) -> Verdict { answer ? .pass("yes") : .block("no", remedy: "wait") }
}

private enum Streaming: TestGate {
    typealias Limit = NoParameters
    static let id: GateID = "postgres.streaming"
    static let kind = TargetKind.node
}

struct LagLimit: ParameterSet {
    static let declarations = [
        ParameterDeclaration("bytes", .bytes, default: .bytes(ByteCount(16 << 20)), "Most log behind."),
        ParameterDeclaration("time", .span, default: .span(.seconds(5)), "Longest wait."),
    ]
    init(_: Arguments) {}
}

private enum ReplayLag: TestGate {
    typealias Limit = LagLimit
    static let id: GateID = "postgres.replay-lag"
    static let kind = TargetKind.node
}

private enum Proof: TestGate {
    typealias Limit = NoParameters
    static let id: GateID = "postgres.replayed-shutdown-checkpoint"
    static let kind = TargetKind.node
    static func establishes(on target: Target, in scope: Scope) -> [Change] {
        target == scope.new ? [fact(target, .complete, .flag(true))] : []
    }
}

struct WriterProbe: Probe {
    static let id = "test.writer"
    var target: Target
    var new: Target
    func answer(in world: World) -> Bool? {
        world.value(FactKey(target, .writable)).map { target == new || $0 == .flag(false) }
    }
}

private enum SingleWriter: Gate {
    typealias Limit = NoParameters
    static let id: GateID = "postgres.single-writer"
    static let summary = ""
    static let source = ""
    static let kind = TargetKind.node
    static let passing = true
    static let refusing = false
    static func question(_: NoParameters, on target: Target, in scope: Scope) -> WriterProbe {
        WriterProbe(target: target, new: scope.new)
    }
    static func judge(_ answer: Bool, _: NoParameters) -> Verdict {
        answer ? .pass("one writer") : .block("Old still writes.", remedy: "Stop it.")
    }
}

private enum PoolerReady: TestGate {
    typealias Limit = NoParameters
    static let id: GateID = "pgbouncer.ready"
    static let kind = TargetKind.pooler
}

private enum CanaryWrite: TestGate {
    typealias Limit = NoParameters
    static let id: GateID = "canary.write"
    static let kind = TargetKind.route
}

/// A gate with a limit of each kind that the others lack.
private enum Sampled: TestGate {
    typealias Limit = PromoteParameters
    static let id: GateID = "test.sampled"
    static let kind = TargetKind.node
}
