import Testing

@testable import BatonCore

/// Drives a run by hand, one line for each event, over a small hidden truth. Every event is also fed to a second machine
/// as a replay of the journal would, and the two must never differ (I9).
struct Script {
    /// How a step behaves when the script answers for it.
    enum Behaviour {
        /// The gate blocks.
        case refuse
        /// The performer proves that nothing was done.
        case fail
        /// No answer, and nothing was done; or no answer, and it was.
        case lost, lostButDone
        /// The performer says yes and nothing happens.
        case idle
        /// The performer says yes, it happens, and nobody can see it.
        case blind
    }

    var loop: RunLoop
    let journal = RecordingJournal()
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What is really so; observations report it.
    var truth: [FactKey: FactValue] = [:]
    /// By `step on target`, `undo of step on target`.
    var behaviours: [String: Behaviour] = [:]
    /// The question or order that each step waits for.
    private(set) var pending: [ItemID: Request] = [:]
    private(set) var queue: [ItemID] = []
    private(set) var surveyKeys: [FactKey] = []
    /// Whether the guard is asked for and has not answered.
    private(set) var awaitsGuard = false
    /// The moments at which the machine wants to be woken.
    private(set) var wakes: [Instant] = []
    /// The look at what is fenced that is to come next.
    private(set) var watch: (round: Int, keys: [FactKey], notBefore: Instant)?
    /// Nodes whose log somebody is asked to read.
    var measured: [String] = []
    /// What the last event asked for.
    private(set) var requests: [Request] = []
    /// Every call that was sent, in order, as `action target`.
    private(set) var sent: [String] = []
    /// Rules, in order, with those that are not recorded.
    private(set) var rules: [Rule] = []
    /// Everything that any event did in any state, for the table.
    var table = TransitionTable()
    /// Whether each state on the way is also tried with every other event.
    var explores = false
    /// Whether the guard answers as soon as nothing else is the script's to say.
    var guardComes = true
    /// Shown every transition, as the engine shows them.
    var show: (Transition, RunMachine) -> Void = { _, _ in }
    /// What the machine knew after each record.
    private(set) var snapshots: [Snapshot] = []
    private var shadow: RunMachine

    init(_ plan: Plan) {
        loop = RunLoop(machine: RunMachine(plan: plan, catalogue: TestCatalogue.catalogue), journal: journal)
        shadow = RunMachine(plan: plan, catalogue: TestCatalogue.catalogue)
        set("west-db", [.writable: .flag(true), .running: .flag(true), .inRecovery: .flag(false)])
        set("east-db", [.writable: .flag(false), .running: .flag(true), .inRecovery: .flag(true)])
        truth[FactKey(.node("east-db"), .timeline)] = .number(1)
        truth[FactKey(.node("east-db"), .slot, detail: "west-db")] = .flag(false)
        for pooler in plan.topology.poolers {
            truth[FactKey(.pooler(pooler.name), .paused)] = .flag(false)
            truth[FactKey(.pooler(pooler.name), .leadsTo)] = .name("west-db")
        }
    }

    init() throws { self.init(try TestPlan.plan()) }

    mutating func set(_ node: String, _ facts: [Aspect: FactValue]) {
        for (aspect, value) in facts { truth[FactKey(.node(node), aspect)] = value }
    }

    var machine: RunMachine { loop.machine }
    var state: RunState { loop.machine.state }
    var kind: RunState.Kind { loop.machine.state.kind }

    /// Feeds one event a millisecond after the last, or later.
    @discardableResult
    mutating func send(
        _ event: Event, after span: TimeSpan = .milliseconds(1), at location: SourceLocation = #_sourceLocation
    ) -> Transition {
        now = now + span
        if explores { table.explore(machine, waiting: queue.compactMap { pending[$0] }, truth: truth, at: now) }
        switch event {
        case .guardArmed, .guardLost: awaitsGuard = false
        default: break
        }
        let before = machine
        let recorded = journal.entries.count
        let result: (Transition, [Request])
        do {
            result = try loop.handle(event, at: now, wall: WallTime(microsecondsSince1970: now.nanoseconds / 1_000))
        } catch {
            Issue.record("the journal refused: \(error)", sourceLocation: location)
            return .ignored("the journal refused")
        }
        let (transition, requests) = result
        table.note(event, in: before, transition, then: state)
        show(transition, machine)
        let calls = requests.compactMap { if case .perform(_, _, let call, _, _) = $0 { call } else { nil } }
        #expect(
            transition.announced == calls, "announcements are the orders of the same event", sourceLocation: location)
        let entries = journal.entries
        if entries.count > recorded, let last = entries.last {
            #expect(last.announced == calls, sourceLocation: location)
            #expect(!requests.contains { $0.isEffect } || journal.isLastDurable, sourceLocation: location)
            _ = shadow.handle(last.event, at: last.instant)
            snapshots.append(Snapshot(machine))
        } else {
            #expect(calls.isEmpty, "an effect without a record", sourceLocation: location)
        }
        #expect(Snapshot(shadow) == Snapshot(machine), "a replay of the record differs", sourceLocation: location)
        if case .moved(let rule) = transition.disposition {
            rules.append(rule)
            take(requests, answered: event.item)
        } else {
            #expect(requests.isEmpty, sourceLocation: location)
        }
        return transition
    }

    private mutating func take(_ requests: [Request], answered: ItemID?) {
        if let answered { forget(answered) }
        self.requests = requests
        for request in requests {
            switch request {
            case .survey(let keys, _): surveyKeys = keys
            case .ask(let id, _, _, _, _, _), .observe(let id, _, _, _, _): expect(request, of: id)
            case .perform(let id, _, let call, _, _):
                sent.append("\(call.action) \(call.on)")
                expect(request, of: id)
            case .armGuard: awaitsGuard = true
            case .wake(let moment): wakes.append(moment)
            case .keepWatch(let round, let keys, let notBefore, _):
                watch = (round: round, keys: keys, notBefore: notBefore)
            case .measureDivergence(let node, _): measured.append(node)
            case .cancel, .startCanary, .stopCanary, .rest: continue
            }
        }
        for id in queue where machine.items[id]?.isSettled == true { forget(id) }
    }

    /// The process dies: nothing that it waits for is ever answered.
    mutating func die() {
        pending = [:]
        queue = []
        measured = []
        watch = nil
        awaitsGuard = false
    }

    private mutating func expect(_ request: Request, of id: ItemID) {
        forget(id)
        pending[id] = request
        queue.append(id)
    }

    private mutating func forget(_ id: ItemID) {
        pending[id] = nil
        queue.removeAll { $0 == id }
    }

    /// What steps wait for, as `ask step on target`, `perform …`, `observe …`, in the order in which it was asked for.
    var waiting: [String] {
        queue.compactMap { id in
            switch pending[id] {
            case .ask: "ask \(id)"
            case .perform: "perform \(id)"
            case .observe: "observe \(id)"
            case .survey, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest,
                nil:
                nil
            }
        }
    }

    /// The outcome's word of a step, `nil` while it is at work or has not begun.
    func outcome(_ step: StepID, on target: String, undo: Bool = false) -> String? {
        machine.items.first { $0.key.step == step && $0.key.target.name == target && $0.key.isUndo == undo }?
            .value.outcome?.word
    }

    /// The deadline of what a step waits for.
    func deadline(_ name: String) -> Deadline? {
        guard let id = queue.first(where: { "\($0)" == name }) else { return nil }
        switch pending[id] {
        case .ask(_, _, _, _, _, let deadline), .perform(_, _, _, _, let deadline), .observe(_, _, _, _, let deadline):
            return deadline
        case .survey, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest, nil:
            return nil
        }
    }
}

extension Event {
    /// The step that the event answers.
    var item: ItemID? {
        switch self {
        case .judged(let id, _, _), .reported(let id, _, _), .observed(let id, _, _): id
        case .started, .surveyed, .interrupted, .leaseLost, .measured, .decided, .takenOver, .guardArmed, .guardLost,
            .released, .woken, .watched, .divergenceMeasured:
            nil
        }
    }
}
