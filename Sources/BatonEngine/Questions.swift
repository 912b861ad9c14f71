import BatonCore

/// Carries out the requests that only look: surveys, gates and observations. Preflight has nothing else.
struct Questions: Sendable {
    let catalogue: Catalogue
    let observers: Observers

    /// Time that an observer is granted past its deadline before its answer is given up; it should have answered itself.
    static let grace = TimeSpan.milliseconds(500)

    /// Observes facts of several targets, each target by itself and all at the same time.
    func survey(_ keys: [FactKey], in scope: Scope, deadline: Deadline) async -> [Observation] {
        let targets = keys.map(\.target).reduce(into: [Target]()) { if !$0.contains($1) { $0.append($1) } }
        let answers = await withTaskGroup(of: [Observation].self) { group in
            for target in targets {
                group.addTask {
                    await observers.observe(keys.filter { $0.target == target }, in: scope, deadline: deadline)
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        // Tasks finish in any order; the record keeps the topology's.
        return keys.compactMap { key in answers.first { $0.key == key } }
    }

    /// What a node that came back has written, against the log of new.
    func divergence(of node: String, in scope: Scope, deadline: Deadline) async -> DivergenceFinding {
        guard let reader = observers.divergence else { return .unknown("nobody reads logs") }
        return await reader.divergence(of: node, in: scope, deadline: deadline)
    }

    /// Asks a gate's question and judges the answer. Whatever goes wrong is `unknown`, which blocks.
    func judge(
        _ gate: GateID, _ arguments: Arguments, on target: Target, in scope: Scope, deadline: Deadline
    ) async -> Verdict {
        guard let definition = catalogue.gate(gate) else { return .unknown("internal: no gate \(gate)") }
        let question = definition.question(arguments, target, scope)
        do {
            let asked = SystemClock.now()
            let answer = try await observers.ask(question, in: scope, deadline: deadline)
            var verdict = definition.judge(answer, arguments)
            verdict.age = SystemClock.now() - asked
            return verdict
        } catch {
            return .unknown(error.message, remedy: error.remedy)
        }
    }
}
