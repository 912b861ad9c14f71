import BatonCore
import Testing

@testable import BatonReports

/// The diagram says what the machine does on the plan, and no more.
@Suite("State diagram") struct StateDiagramTests {
    @Test func `phases follow each other, what can fail is undone before the promotion and halts after it`() throws {
        let lines = StateDiagram(try ScriptedRun.plan(), Toy.catalogue).mermaid
        #expect(lines.first == "stateDiagram-v2")
        for arrow in [
            "[*] --> surveying: run.started", "surveying --> preflight: survey.bound",
            "preflight --> freeze: guard.armed", "preflight --> refused: preflight.refused",
            "freeze --> fence: step.done", "freeze --> undoing: undo.began", "fence --> catch_up: step.done",
            "catch_up --> promote: gate.passed", "catch_up --> undoing: undo.began",
            "promote --> promoted: promote.announced", "promoted --> halted: run.halted",
            "undoing --> rolled_back: undo.rolled-back", "undoing --> halted: undo.failed",
            "thaw --> completed: run.completed", "surveying --> already_there: survey.already-there",
        ] {
            #expect(lines.contains("    \(arrow)"), "\(arrow) is not among \(lines)")
        }
        #expect(!lines.contains { $0.contains("promoted --> undoing") || $0.contains("halted --> undoing") })
    }

    @Test func `a plan without a proof has no such state`() throws {
        let plan = try ScriptedRun.plan(ScriptedRun.playbook(hasProof: false))
        let lines = StateDiagram(plan, Toy.catalogue).mermaid
        #expect(!lines.contains { $0.contains("catch") })
        #expect(lines.contains("    fence --> promote: step.done"))
    }

    @Test func `names and labels are those of phases, outcomes and rules, whatever the plan is called`() throws {
        var plan = try ScriptedRun.plan()
        let before = StateDiagram(plan, Toy.catalogue).mermaid
        plan.title = "x --> [*]: y"
        plan.groups[0].steps[0].title = "x --> [*]: y"
        #expect(StateDiagram(plan, Toy.catalogue).mermaid == before)
        let rules = Set(Rule.allCases.map(\.rawValue))
        for line in before.dropFirst() where line.contains("-->") && line.contains(":") {
            let label = line.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
            #expect(label.split(separator: ", ").allSatisfy { rules.contains(String($0)) }, "\(line)")
        }
    }
}
