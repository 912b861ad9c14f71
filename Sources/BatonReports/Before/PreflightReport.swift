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

    /// What a later step would find in the world that the steps before it make.
    package struct Prediction: Codable, Hashable, Sendable {
        package var step: StepID
        package var changes: [String]
        package var verdict: Verdict.Decision
        package var reason: String

        package init(step: StepID, changes: [String], verdict: Verdict.Decision, reason: String) {
            self.step = step
            self.changes = changes
            self.verdict = verdict
            self.reason = reason
        }
    }

    package var format: String
    package var ready: Bool
    package var playbook: ReportedFile
    package var topology: ReportedFile
    /// Sites.
    @OrNull package var from: String?
    package var to: String
    @OrNull package var fromNode: String?
    @OrNull package var toNode: String?
    package var gates: [Gate]
    package var prediction: [Prediction]
    /// The share of the plan's gates (on every target) that could be judged before the run: 0 to 1.
    package var coverage: Double

    /// - Parameters:
    ///   - binding: who is old and who is new, as the nodes answered; nil when no single pair answered, which is never
    ///     ready.
    package init(
        plan: Plan, catalogue: Catalogue, binding: Binding?, gates judged: [JudgedGate],
        prediction: [Prediction] = []
    ) {
        let scope = Scope(topology: plan.topology, binding: binding ?? plan.assumedBinding)
        let passage = Passage(plan: plan, binding: binding)
        format = Self.format
        ready = binding != nil && judged.allSatisfy(\.verdict.allows)
        playbook = plan.playbook
        topology = plan.topologyFile
        from = passage.from
        to = passage.to
        fromNode = passage.fromNode
        toNode = passage.toNode
        gates = judged.compactMap { Self.gate($0, catalogue, scope) }
        self.prediction = prediction
        let all = plan.steps.filter(\.kind.isGate).reduce(0) { $0 + scope.targets(of: $1.on).count }
        let known = judged.filter { $0.verdict.decision != .unknown }.count
        coverage = all == 0 ? 1 : min(1, ReportJSON.number(Double(known) / Double(all)) ?? 0)
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
