package import BatonCore

/// A file's name and the SHA-256 of its bytes, as JSON has them.
package typealias ReportedFile = FileIdentity

/// What must not outlive a run, in a report.
package struct ReportedObligation: Codable, Hashable, Sendable {
    package var owed: String
    package var open: Bool
    /// The command that discharges it.
    package var release: String

    /// A lost node: nothing of the run takes it back.
    init(rejoining node: String, to new: String) {
        owed = "\(node) is to be rejoined: it was lost, and \(new) has no standby there"
        open = true
        release = "baton rejoin \(node)"
    }

    init(_ obligation: Obligation, of record: RunRecord) {
        owed = obligation.terms.owed
        open = obligation.isOpen
        release = record.release(obligation)
    }
}

/// One run as JSON: the `run/v1` object of `drill`, `switchover`, `promote` and `report`. A pure function of the
/// journal. Durations are milliseconds, sizes bytes, times RFC 3339 in UTC; null is what was not measured.
package struct RunReport: Codable, Hashable, Sendable {
    package static let format = "run/v1"

    /// What the playbook wanted and what was measured: milliseconds for `write-pause` and `recovery-time`, bytes for
    /// `recovery-point`.
    package struct Objective: Codable, Hashable, Sendable {
        package var name: String
        package var limit: Double
        @OrNull package var measured: Double?
        @OrNull package var met: Bool?
    }

    package struct Measured: Codable, Hashable, Sendable {
        @OrNull package var writePauseMs: Double?
        @OrNull package var recoveryTimeMs: Double?
        @OrNull package var lostBytes: Int64?
        @OrNull package var lostWrites: Int64?
        @OrNull package var clientErrors: Int64?
    }

    package struct PhaseSpan: Codable, Hashable, Sendable {
        package var name: Phase
        package var startedAt: WallTime
        /// Null while a step of the phase is at work.
        @OrNull package var durationMs: Double?
    }

    /// `loss` is a number of bytes in decimal, or `unknown`; null where none was accepted.
    package struct Acceptance: Codable, Hashable, Sendable {
        @OrNull package var loss: String?
        package var unfenced: [String]
        /// `option`: on the command line. `typed`: the topology's name was typed below the card. Null where no loss was
        /// accepted.
        @OrNull package var how: String?
        /// Who typed it, when, and the card that was shown; null unless it was typed.
        @OrNull package var typedBy: String?
        @OrNull package var typedAt: WallTime?
        @OrNull package var shown: LossCardReport?

        init(_ acceptance: BatonCore.Acceptance) {
            loss = acceptance.loss?.words
            unfenced = acceptance.unfenced
            how = acceptance.loss.map { _ in acceptance.agreement == nil ? "option" : "typed" }
            switch acceptance.agreement {
            case .typed(let by, let at, let card):
                typedBy = by
                typedAt = at
                shown = LossCardReport(card)
            case nil: (typedBy, typedAt, shown) = (nil, nil, nil)
            }
        }
    }

    /// A gate that an emergency does without.
    package struct SkippedGate: Codable, Hashable, Sendable {
        package var gate: GateID
        package var target: String
        package var reason: String
    }

    /// An operator's decision that went past what was observed.
    package struct Override: Codable, Hashable, Sendable {
        package var step: StepID
        package var target: String
        package var choice: Decision.Choice
        package var reason: String
        package var by: String
    }

    /// An approval that a step waited for.
    package struct Approval: Codable, Hashable, Sendable {
        package var step: StepID
        package var by: String
        package var at: WallTime
    }

    package var format: String
    package var run: RunID
    package var outcome: ReportedOutcome
    package var mode: Mode
    /// Sites; `fromNode` and `toNode` are null while no primary and standby have answered.
    @OrNull package var from: String?
    package var to: String
    @OrNull package var fromNode: String?
    @OrNull package var toNode: String?
    package var playbook: ReportedFile
    package var topology: ReportedFile
    package var `operator`: String
    @OrNull package var reason: String?
    package var startedAt: WallTime
    /// The saved plan that the run followed (`--plan`); null when it followed none.
    @OrNull package var savedPlan: FollowedPlan?
    package var objectives: [Objective]
    package var measured: Measured
    package var phases: [PhaseSpan]
    package var steps: [ReportedStep]
    package var overrides: [Override]
    /// What the operator of an emergency accepted before it began; null in a planned run.
    @OrNull package var acceptance: Acceptance?
    /// Empty: version 1 of the journal records none.
    package var approvals: [Approval]
    /// Fenced nodes that came back as a primary after the promotion, in the order in which they were seen.
    package var splitBrain: [ReportedSplitBrain]
    package var obligations: [ReportedObligation]
    /// What the run may have lost, as it was judged last; null in a planned run.
    @OrNull package var lossCard: LossCardReport?
    /// The gates that an emergency did without, because of what is lost.
    package var skippedGates: [SkippedGate]
    /// The run that came back, of `drill --and-back`.
    @OrNull package var back: RunID?
    @OrNull private var boxedBack: Boxed?
    /// Every run of the command, in order.
    package var runs: [RunID]

    /// The whole report of `back`, so that one object tells both legs.
    package var backReport: RunReport? { boxedBack?.report }

    private enum CodingKeys: String, CodingKey {
        case format, run, outcome, mode, from, to, fromNode, toNode, playbook, topology, `operator`, reason, startedAt
        case savedPlan, objectives, measured, phases, steps, overrides, acceptance, approvals, splitBrain
        case obligations, lossCard, skippedGates, back, runs
        case boxedBack = "backReport"
    }

    /// A report within a report: a struct cannot hold itself.
    private indirect enum Boxed: Codable, Hashable, Sendable {
        case report(RunReport)

        var report: RunReport {
            switch self {
            case .report(let report): report
            }
        }

        init(from decoder: any Decoder) throws { self = .report(try RunReport(from: decoder)) }
        func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }
    }

    /// - Parameters:
    ///   - machine: the machine after all entries (`RunLoop.replay`).
    ///   - back: the second leg's report, when there is one.
    ///   - runs: every run of the command; this one alone when empty.
    package init(
        header: RunHeader, machine: RunMachine, entries: [JournalEntry], closing: RunClosing?, back: RunReport? = nil,
        runs: [RunID] = []
    ) {
        self.init(
            RunRecord(header: header, machine: machine, entries: entries, closing: closing), back: back, runs: runs)
    }

    package init(_ record: RunRecord, back: RunReport? = nil, runs: [RunID] = []) {
        let passage = Passage(record.machine)
        let measurements = record.machine.measurements
        format = Self.format
        run = record.header.run
        outcome = record.outcome
        mode = record.machine.plan.mode
        from = passage.from
        to = passage.to
        fromNode = passage.fromNode
        toNode = passage.toNode
        playbook = record.header.playbook
        topology = record.header.topology
        `operator` = record.header.operatorName
        reason = record.header.reason
        startedAt = record.header.startedAt
        savedPlan = record.header.savedPlan
        measured = Measured(
            writePauseMs: measurements?.writePause?.reportedMilliseconds,
            recoveryTimeMs: measurements?.recoveryTime?.reportedMilliseconds, lostBytes: record.lostBytes,
            lostWrites: measurements?.lostWrites, clientErrors: measurements?.clientErrors)
        objectives = Self.objectives(record.machine.plan.objectives, measured)
        phases = Self.phases(record)
        steps = record.steps.map { ReportedStep($0, of: record) }
        overrides = record.overrides.map {
            Override(step: $0.item.step, target: $0.item.target.name, choice: $0.choice, reason: $0.reason, by: $0.by)
        }
        acceptance = record.machine.plan.acceptance.map(Acceptance.init)
        approvals = []
        splitBrain = record.machine.splitBrains.map { ReportedSplitBrain($0, of: record) }
        obligations =
            record.machine.obligations.map { ReportedObligation($0, of: record) }
            + record.nodesToRejoin.map { ReportedObligation(rejoining: $0, to: record.machine.binding.new) }
        lossCard = record.lossCard.map(LossCardReport.init)
        skippedGates = record.machine.skippedGates.map {
            SkippedGate(gate: $0.gate, target: $0.target.name, reason: $0.why)
        }
        self.back = back?.run
        boxedBack = back.map { .report($0) }
        self.runs = runs.isEmpty ? [record.header.run] + (back.map { [$0.run] } ?? []) : runs
    }

    /// Names of objectives that were missed. A drill with one of them exits with 5.
    package var missedObjectives: [String] { objectives.filter { $0.met == false }.map(\.name) }

    private static func objectives(_ wanted: Objectives, _ measured: Measured) -> [Objective] {
        func objective(_ name: String, _ limit: Double?, _ value: Double?) -> Objective? {
            limit.map { limit in
                Objective(name: name, limit: limit, measured: value, met: value.map { $0 <= limit })
            }
        }
        return [
            objective("write-pause", wanted.writePause?.reportedMilliseconds, measured.writePauseMs),
            objective("recovery-time", wanted.recoveryTime?.reportedMilliseconds, measured.recoveryTimeMs),
            objective(
                "recovery-point", wanted.recoveryPoint.map { Double($0.bytes) }, measured.lostBytes.map(Double.init)),
        ].compactMap(\.self)
    }

    private static func phases(_ record: RunRecord) -> [PhaseSpan] {
        record.phaseSpans.map { span in
            PhaseSpan(
                name: span.phase, startedAt: record.wall(span.began),
                durationMs: span.ended.map { ($0 - span.began).reportedMilliseconds })
        }
    }
}

extension RunRecord {
    /// When a phase's first step began and its last one ended (nil while one is at work), in the order of phases.
    var phaseSpans: [(phase: Phase, began: Instant, ended: Instant?)] {
        Phase.allCases.compactMap { phase in
            let steps = steps.filter { $0.step.phase == phase }
            guard let began = steps.map(\.startedAt).min() else { return nil }
            let ended = steps.allSatisfy { $0.endedAt != nil } ? steps.compactMap(\.endedAt).max() : nil
            return (phase: phase, began: began, ended: ended)
        }
    }
}
