package import BatonCore

/// One step on one target in a `run/v1` report. A gate has the key `gate`, an action the key `do`; never both.
package struct ReportedStep: Hashable, Sendable {
    package enum Outcome: String, Hashable, Codable, Sendable, CaseIterable {
        case done, failed, unknown, skipped, undone, adopted
    }

    package var id: StepID
    package var phase: Phase
    package var kind: StepKind
    /// The role through which the step concerns the target.
    package var on: String
    package var target: String
    package var outcome: Outcome
    package var attempts: Int
    package var startedAt: WallTime
    /// Null while it is at work.
    package var durationMs: Double?
    /// The rule that settled it; null while it is at work.
    package var rule: RuleID?
    /// What was seen, or why it failed.
    package var evidence: String

    init(_ item: StepMachine, of record: RunRecord) {
        id = item.id.step
        phase = item.step.phase
        kind = item.step.kind
        on = item.step.role(of: item.id.target, in: record.machine.scope)
        target = item.id.target.name
        attempts = item.attempt
        startedAt = record.wall(item.startedAt)
        durationMs = item.endedAt.map { ($0 - item.startedAt).reportedMilliseconds }
        switch item.outcome {
        case .done(let text): (outcome, rule, evidence) = (.done, item.rule?.id, text)
        case .failed(let text): (outcome, rule, evidence) = (.failed, item.rule?.id, text)
        case .unknown(let text): (outcome, rule, evidence) = (.unknown, item.rule?.id, text)
        case .skipped(let text): (outcome, rule, evidence) = (.skipped, item.rule?.id, text)
        case .undone(let text): (outcome, rule, evidence) = (.undone, Rule.undoneStep.id, text)
        case .adopted(let text): (outcome, rule, evidence) = (.adopted, item.rule?.id, text)
        case nil:
            (outcome, rule, evidence) = (.unknown, nil, "the record ends while the step was \(item.state.word)")
        }
        if item.step.isBestEffort, item.isSettled, !item.succeeded {
            evidence = "a best effort, so the run went on: \(evidence)"
        }
        let undo = record.machine.items[ItemID(item.id.step, on: item.id.target, isUndo: true)]
        if let undo, outcome != .undone {
            let end = undo.outcome.map { "\($0.word): \($0.text)" } ?? undo.state.word
            evidence += evidence.isEmpty ? "undo \(end)" : "; undo \(end)"
        }
    }
}

extension StepMachine.State {
    /// What the step does at the moment.
    var word: String {
        switch self {
        case .asking: "being judged"
        case .confirming: "waiting for its conditions"
        case .performing: "being performed"
        case .observing: "being observed"
        case .settled(let outcome): outcome.word
        }
    }
}

extension ReportedStep: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, phase, `do`, gate, on, target, outcome, attempts, startedAt, durationMs, rule, evidence
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(StepID.self, forKey: .id)
        phase = try container.decode(Phase.self, forKey: .phase)
        if let action = try container.decodeIfPresent(ActionID.self, forKey: .do) {
            kind = .act(action)
        } else {
            kind = .gate(try container.decode(GateID.self, forKey: .gate))
        }
        on = try container.decode(String.self, forKey: .on)
        target = try container.decode(String.self, forKey: .target)
        outcome = try container.decode(Outcome.self, forKey: .outcome)
        attempts = try container.decode(Int.self, forKey: .attempts)
        startedAt = try container.decode(WallTime.self, forKey: .startedAt)
        durationMs = try container.decode(Double?.self, forKey: .durationMs)
        rule = try container.decode(RuleID?.self, forKey: .rule)
        evidence = try container.decode(String.self, forKey: .evidence)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(phase, forKey: .phase)
        switch kind {
        case .act(let action): try container.encode(action, forKey: .do)
        case .gate(let gate): try container.encode(gate, forKey: .gate)
        }
        try container.encode(on, forKey: .on)
        try container.encode(target, forKey: .target)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(durationMs, forKey: .durationMs)
        try container.encode(rule, forKey: .rule)
        try container.encode(evidence, forKey: .evidence)
    }
}
