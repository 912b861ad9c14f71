import BatonCore
import BatonReports

/// Drives a real `RunMachine` through a run in virtual time: every request is answered ten milliseconds after it was
/// made, as the script says, else as a willing world would.
struct ScriptedRun {
    var verdicts: [StepID: Verdict] = [:]
    /// What a step's performer says; only `succeeded` has the effect.
    var reports: [StepID: PerformOutcome] = [:]
    var measurements = Measurements()
    /// Bites the record off after so many entries.
    var entryLimit = Int.max
    /// The primary is at the target site already.
    var isAlreadyThere = false
    /// Nobody says that it is primary.
    var isHeadless = false
    var operatorName = "olga"
    var playbook = ScriptedRun.playbook()
    /// What an operator decides once the run has halted.
    var decision: Decision?
    var run: RunID = "r1"
    var reason: String?
    var savedPlan: FollowedPlan?
    /// What old has written when it comes back after the promotion; nil: it does not.
    var divergence: DivergenceFinding?

    static let start = Instant(nanoseconds: 5_000_000_000)
    // 2026-11-21T02:03:04Z
    static let wallStart = WallTime(microsecondsSince1970: 1_795_226_584_000_000)

    static let topology = Topology(
        name: "lab", sites: ["west", "east"],
        nodes: ["west", "east"].map { site in
            Node(name: "\(site)-db", site: site, host: "127.0.0.1", port: 5501, database: "app", user: "baton")
        },
        poolers: [
            Pooler(
                name: "pool", site: "east", host: "127.0.0.1", port: 6501, admin: "a", databases: ["app"],
                config: "/p.ini")
        ])

    static func playbook(hasProof: Bool = true, title: String = "Planned switchover") -> Playbook {
        func step(_ kind: StepKind, on role: Role, line: Int) -> PlaybookGroup {
            PlaybookGroup(steps: [PlaybookStep(kind: kind, on: [role], line: line)])
        }
        let phases: [(Phase, PlaybookGroup)] = [
            (.preflight, step(.gate("toy.ready"), on: .new, line: 1)),
            (.freeze, step(.act("toy.pause"), on: .poolers, line: 2)),
            (.fence, step(.act("toy.stop"), on: .old, line: 3)),
            (.catchUp, step(.gate("postgres.replayed-shutdown-checkpoint"), on: .new, line: 4)),
            (.promote, step(.act("toy.promote"), on: .new, line: 5)),
            (.repoint, step(.act("toy.repoint"), on: .poolers, line: 6)),
            (.thaw, step(.act("toy.resume"), on: .poolers, line: 7)),
        ]
        return Playbook(
            name: "planned", title: title, why: "Move the primary without loss.", mode: .planned,
            objectives: Objectives(
                writePause: .seconds(2), recoveryTime: .milliseconds(100), recoveryPoint: ByteCount(0)),
            limits: Limits(),
            phases: phases.filter { hasProof || $0.0 != .catchUp }.map { PlaybookPhase(phase: $0, groups: [$1]) })
    }

    static func plan(_ playbook: Playbook = ScriptedRun.playbook()) throws -> Plan {
        try Planner(catalogue: Toy.catalogue).plan(
            playbook, identity: FileIdentity(name: "planned", sha256: "aa"), on: topology,
            identity: FileIdentity(name: "lab", sha256: "bb"), to: "east")
    }

    /// Plays the run and replays its record, as the command `report` does.
    func record(whileWatching watch: (RunMachine, String, Instant) -> Void = { _, _, _ in }) throws -> RunRecord {
        let plan = try Self.plan(playbook)
        var machine = RunMachine(plan: plan, catalogue: Toy.catalogue)
        var truth: [FactKey: FactValue] = [:]
        for node in plan.topology.nodes {
            let isPrimary = (node.site == "east") == isAlreadyThere && !isHeadless
            truth[FactKey(.node(node.name), .writable)] = .flag(isPrimary)
            truth[FactKey(.node(node.name), .inRecovery)] = .flag(!isPrimary)
        }
        var now = Self.start
        var events: [Event] = [.started]
        var entries: [JournalEntry] = []
        var decisions = decision.map { [$0] } ?? []
        while !events.isEmpty, entries.count < entryLimit {
            let event = events.removeFirst()
            let transition = machine.handle(event, at: now)
            if case .moved(let rule) = transition.disposition, transition.isRecorded {
                entries.append(
                    JournalEntry(
                        at: Self.wallStart, instant: now, event: event, rule: rule.id, why: rule.why,
                        note: transition.note, state: machine.state.kind, announced: transition.announced))
            }
            watch(machine, transition.note, now)
            events += transition.requests.compactMap {
                answer($0, &truth, plan, machine.scope, isBack: !machine.splitBrains.isEmpty)
            }
            if events.isEmpty, machine.state.kind == .halted, !decisions.isEmpty {
                events.append(.decided(decisions.removeFirst()))
            }
            // The guard comes beside the run and takes none of its time.
            if case .guardArmed? = events.first { continue }
            now = now + .milliseconds(10)
        }
        let isOver = machine.state.kind == .finished && entries.count < entryLimit
        let header = RunHeader(
            run: run, command: "drill", operatorName: operatorName, host: "h", processID: 7, reason: reason,
            playbook: plan.playbook, topology: plan.topologyFile, toSite: plan.toSite, planSHA256: "cc", backOf: nil,
            savedPlan: savedPlan, startedAt: Self.wallStart, startedInstant: Self.start)
        let replayed = RunLoop.replay(entries, plan: plan, catalogue: Toy.catalogue)
        return RunRecord(
            header: header, machine: replayed, entries: entries,
            closing: isOver
                ? RunClosing(outcome: replayed.outcomeWord, at: Self.wallStart, entries: entries.count) : nil)
    }

    private func answer(
        _ request: Request, _ truth: inout [FactKey: FactValue], _ plan: Plan, _ scope: Scope, isBack: Bool
    ) -> Event? {
        func observe(_ keys: [FactKey]) -> [Observation] {
            keys.map { key in
                guard let value = truth[key] else { return Observation(key, .unknown("no such fact")) }
                return Observation(key, .value(value), evidence: "\(key) is \(value)")
            }
        }
        switch request {
        case .survey(let keys, _): return .surveyed(observe(keys))
        case .ask(let item, let attempt, _, _, _, _):
            return .judged(item, attempt: attempt, verdicts[item.step] ?? .pass("ready"))
        case .perform(let item, let attempt, let call, _, _):
            let outcome = reports[item.step] ?? .succeeded("the server said yes")
            if case .succeeded = outcome {
                for change in Toy.catalogue.action(call.action)?.changes(call, scope) ?? [] {
                    truth[change.key] = change.value
                }
            }
            return .reported(item, attempt: attempt, outcome)
        case .observe(let item, let attempt, let keys, _, _): return .observed(item, attempt: attempt, observe(keys))
        case .stopCanary: return .measured(measurements)
        case .armGuard: return .guardArmed("guard is process 8")
        case .measureDivergence(let node, _):
            return .divergenceMeasured(node: node, divergence ?? .unknown("nobody reads it"))
        case .keepWatch(let round, let keys, _, _):
            guard divergence != nil, !isBack else { return nil }
            return .watched(
                round: round, keys.map { Observation($0, .value(.flag(true)), evidence: "pg_is_in_recovery() = false") }
            )
        case .cancel, .wake, .startCanary, .rest: return nil
        }
    }

    /// A happy run, measured: its recovery time misses the objective.
    static var happy: ScriptedRun {
        var run = ScriptedRun()
        run.measurements.writePause = .microseconds(142_500)
        run.measurements.recoveryTime = TimeSpan(nanoseconds: 150_123_456)
        run.measurements.lostWrites = 0
        run.measurements.clientErrors = 0
        run.reason = "quarterly drill"
        return run
    }

    static var refused: ScriptedRun {
        var run = ScriptedRun()
        run.verdicts["preflight.toy.ready"] = .block(
            "replay is 64.0 MiB behind", remedy: "wait until east-db has caught up",
            observed: .bytes(ByteCount(1 << 26)),
            limit: .bytes(ByteCount(1 << 24)))
        return run
    }

    static var rolledBack: ScriptedRun {
        var run = ScriptedRun()
        run.reports["fence.toy.stop"] = .failed("permission denied")
        return run
    }

    static var halted: ScriptedRun {
        var run = ScriptedRun()
        run.reports["repoint.toy.repoint"] = .failed("the file is read-only")
        return run
    }
}

extension RunMachine {
    fileprivate var outcomeWord: String {
        if case .finished(let outcome) = state { return outcome.word }
        return state.kind.rawValue
    }
}
