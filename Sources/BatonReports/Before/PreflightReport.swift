package import BatonCore

/// One gate, judged on one target.
package struct JudgedGate: Hashable, Sendable {
    package var step: PlanStep
    package var target: Target
    package var verdict: Verdict

    package init(step: PlanStep, target: Target, verdict: Verdict) {
        self.step = step
        self.target = target
        self.verdict = verdict
    }
}

/// The answer to "could we fail over right now?" as JSON: `preflight/v1`.
package struct PreflightReport: Codable, Hashable, Sendable {
    package static let format = "preflight/v1"

    package struct Amount: Codable, Hashable, Sendable {
        /// Null where the quantity is words.
        @OrNull package var value: Double?
        /// `bytes`, `ms`, `count`; empty for words.
        package var unit: String
        package var text: String

        init(_ quantity: Quantity) {
            value = ReportJSON.number(quantity.value)
            unit = quantity.unit
            text = quantity.text
        }
    }

    package struct Observed: Codable, Hashable, Sendable {
        @OrNull package var value: Double?
        package var unit: String
        package var text: String
        /// How old the value was when it was judged; null when the observer did not say.
        @OrNull package var ageMs: Double?

        init(_ quantity: Quantity, age: TimeSpan?) {
            value = ReportJSON.number(quantity.value)
            unit = quantity.unit
            text = quantity.text
            ageMs = age?.reportedMilliseconds
        }
    }

    package struct Gate: Codable, Hashable, Sendable {
        package var id: StepID
        package var gate: GateID
        package var phase: Phase
        /// The role through which the gate concerns the target.
        package var on: String
        package var target: String
        package var verdict: Verdict.Decision
        package var reason: String
        @OrNull package var observed: Observed?
        @OrNull package var limit: Amount?
        @OrNull package var remedy: String?
        package var source: String
    }

    /// How a later step on one target would go in the world that the steps before it make.
    package struct Prediction: Codable, Hashable, Sendable {
        package var step: StepID
        package var phase: Phase
        /// One of `do` and `gate` is null.
        @OrNull package var `do`: ActionID?
        @OrNull package var gate: GateID?
        package var on: String
        package var target: String
        package var title: String
        /// In the order in which they happen; none for a gate.
        package var changes: [PlanReport.StepChange]
        /// `pass` and `warn`: would pass. `block`: would block. `unknown`: cannot be known before.
        package var verdict: Verdict.Decision
        package var reason: String
        @OrNull package var remedy: String?
        /// Null for gates.
        @OrNull package var undo: PlanReport.StepUndo?
        package var deadlineMs: Double
        /// The median of earlier runs; null when there were none.
        @OrNull package var expectedMs: Double?
        /// Whether a gate is judged until it passes or its deadline ends.
        package var awaited: Bool
    }

    package struct ExpectedObjective: Codable, Hashable, Sendable {
        package var name: String
        package var limit: Double
        @OrNull package var expected: Double?
        /// Null when nothing is expected, because nothing was measured before.
        @OrNull package var reachable: Bool?
    }

    /// What clients will see, by what earlier runs of this playbook on this topology measured.
    package struct Expected: Codable, Hashable, Sendable {
        /// Medians; null when no run measured it.
        @OrNull package var writePauseMs: Double?
        @OrNull package var recoveryTimeMs: Double?
        /// How many completed runs they come from.
        package var runs: Int
        package var objectives: [ExpectedObjective]
    }

    package var format: String
    /// No gate stands in the way, and no later step would block. What cannot be known before does not stand in the way.
    package var ready: Bool
    /// Whether the primary is at the target site already, so that there is nothing to do (R20). Both nodes are that one.
    package var alreadyThere: Bool
    package var playbook: ReportedFile
    package var topology: ReportedFile
    /// Sites.
    @OrNull package var from: String?
    package var to: String
    @OrNull package var fromNode: String?
    @OrNull package var toNode: String?
    package var gates: [Gate]
    /// Of every step after preflight on each of its targets, in the plan's order; empty while nobody knows who is old and
    /// who is new, and when there is nothing to do.
    package var prediction: [Prediction]
    /// The share of the plan's checks that can be judged before the run, 0 to 1: gates, proofs and postconditions, each on
    /// every target.
    package var coverage: Double
    package var expected: Expected
    /// What a promotion may lose; null in a planned run, and while nobody knows who would be promoted.
    @OrNull package var lossCard: LossCardReport?
    /// The site that is assumed to be down; null for none.
    @OrNull package var assumedDown: String?
    /// What an emergency would stand on with that site gone; empty when none is assumed to be down.
    package var evidence: [EvidenceReport]

    /// The card as it was made, for the text.
    private var card: LossCard?

    private enum CodingKeys: String, CodingKey {
        case format, ready, alreadyThere, playbook, topology, from, to, fromNode, toNode, gates, prediction, coverage
        case expected, lossCard, assumedDown, evidence
    }

    /// - Parameters:
    ///   - binding: who is old and who is new, as the nodes answered; nil when no single pair answered, which is never
    ///     ready.
    ///   - primary: the node of the target site that is the primary already; nil when there is none.
    ///   - foresight: how the rest of the plan would go; nil when that was not asked for or cannot be told.
    ///   - history: earlier runs of the same playbook on the same topology.
    ///   - card: what a promotion may lose, when more is known of it than the gate was told; nil takes the gate's.
    ///   - assumed: the site that is assumed to be down.
    package init(
        plan: Plan, catalogue: Catalogue, binding: Binding?, gates judged: [JudgedGate],
        alreadyThere primary: String? = nil, foresight: Foresight? = nil, history: RunHistory = RunHistory([]),
        card: LossCard? = nil, assumed: AssumedLoss? = nil
    ) {
        let binding = primary.map { Binding(old: $0, new: $0) } ?? binding
        let scope = plan.scope(binding ?? plan.assumedBinding)
        let passage = Passage(plan: plan, binding: binding)
        format = Self.format
        ready =
            binding != nil && judged.allSatisfy(\.verdict.allows)
            && (foresight?.laterSteps ?? []).allSatisfy { $0.verdict.decision != .block || $0.step.isBestEffort }
        alreadyThere = primary != nil
        playbook = plan.playbook
        topology = plan.topologyFile
        from = passage.from
        to = passage.to
        fromNode = passage.fromNode
        toNode = passage.toNode
        gates = judged.compactMap { Self.gate($0, catalogue, scope) }
        prediction = foresight?.laterSteps.map { Prediction($0, scope, history) } ?? []
        expected = Expected(plan.objectives, history)
        self.card = card ?? judged.lazy.compactMap(\.verdict.lossCard).first
        lossCard = self.card.map(LossCardReport.init)
        assumedDown = assumed?.site
        evidence = assumed?.evidence ?? []
        let later = plan.steps.filter { $0.phase > .preflight }.reduce(0) { $0 + scope.targets(of: $1.on).count }
        let asked = plan.steps.filter { $0.phase == .preflight }.reduce(0) { $0 + scope.targets(of: $1.on).count }
        let known =
            judged.filter { $0.verdict.decision != .unknown }.count
            + prediction.filter { $0.verdict != .unknown }.count
        coverage =
            asked + later == 0 || alreadyThere
            ? 1 : min(1, ReportJSON.number(Double(known) / Double(asked + later)) ?? 0)
    }

    /// Adds the card and what would be missing.
    func addLoss(to document: inout TextDocument) {
        if let card {
            document.blank()
            card.add(to: &document)
        }
        guard let assumedDown else { return }
        document.blank()
        let missing = evidence.filter { $0.survives != true }.count
        document.prose(
            missing == 0
                ? "with \(assumedDown) gone, nothing that the run stands on would be missing"
                : "with \(assumedDown) gone, \(missing) of \(evidence.count) things would be missing or are not known to survive",
            first: Span("evidence  ", .strong), .strong)
        for item in evidence { item.add(to: &document) }
    }

    private static func gate(_ judged: JudgedGate, _ catalogue: Catalogue, _ scope: Scope) -> Gate? {
        guard case .gate(let gate) = judged.step.kind else { return nil }
        let verdict = judged.verdict
        return Gate(
            id: judged.step.id, gate: gate, phase: judged.step.phase,
            on: judged.step.role(of: judged.target, in: scope),
            target: judged.target.name, verdict: verdict.decision, reason: verdict.reason,
            observed: verdict.observed.map { Observed($0, age: verdict.age) }, limit: verdict.limit.map(Amount.init),
            remedy: verdict.remedy, source: catalogue.gate(gate)?.source ?? "")
    }
}

extension PreflightReport.Prediction {
    init(_ foreseen: ForeseenStep, _ scope: Scope, _ history: RunHistory) {
        let step = foreseen.step
        self.init(
            step: step.id, phase: step.phase, do: nil, gate: nil, on: step.role(of: foreseen.target, in: scope),
            target: foreseen.target.name, title: step.title,
            changes: foreseen.changes.map(PlanReport.StepChange.init), verdict: foreseen.verdict.decision,
            reason: foreseen.verdict.reason, remedy: foreseen.verdict.remedy,
            undo: foreseen.undo.map(PlanReport.StepUndo.init), deadlineMs: step.deadline.reportedMilliseconds,
            expectedMs: history.duration(of: step.id)?.reportedMilliseconds, awaited: step.isAwaited)
        switch step.kind {
        case .act(let action): self.do = action
        case .gate(let gate): self.gate = gate
        }
    }
}

extension PreflightReport.Expected {
    init(_ objectives: Objectives, _ history: RunHistory) {
        let (pause, recovery) = (history.writePause, history.recoveryTime)
        func objective(_ name: String, _ limit: TimeSpan?, _ expected: TimeSpan?) -> PreflightReport.ExpectedObjective?
        {
            limit.map { limit in
                PreflightReport.ExpectedObjective(
                    name: name, limit: limit.reportedMilliseconds, expected: expected?.reportedMilliseconds,
                    reachable: expected.map { $0 <= limit })
            }
        }
        self.init(
            writePauseMs: pause?.reportedMilliseconds, recoveryTimeMs: recovery?.reportedMilliseconds,
            runs: history.count,
            objectives: [
                objective("write-pause", objectives.writePause, pause),
                objective("recovery-time", objectives.recoveryTime, recovery),
            ].compactMap(\.self))
    }
}
