@testable import BatonCore

/// The table as `Documentation/RunMachine.md`.
extension TransitionTable {
    var markdown: String {
        """
        # The run machine

        Derived from the code by `BatonCoreTests`, which fails when this page and the machine differ. To write it anew:
        `BATON_RECORD=1 swift test --filter RunMachineDocumentationTests`.

        ## States

        ```mermaid
        stateDiagram-v2
            [*] --> planned
        \(diagram)
            finished --> [*]
        ```

        ## What every event does in every state

        A rule moves the run or one of its steps; an arrow names the new state. *Ignored* is a benign race: named and without
        effect. *Illegal* cannot happen unless Baton itself is wrong.

        | state | event | result |
        |---|---|---|
        \(rows)

        ## Rules

        | rule | why |
        |---|---|
        \(Rule.allCases.map { "| `\($0.rawValue)` | \($0.why) |" }.joined(separator: "\n"))

        """
    }

    private var diagram: String {
        var lines: [String] = []
        for from in RunState.Kind.allCases {
            for to in RunState.Kind.allCases {
                let labels = moves.filter { $0.from == from && $0.to == to }.map(\.rule.rawValue).sorted()
                guard !labels.isEmpty else { continue }
                lines.append("    \(from.rawValue) --> \(to.rawValue): \(labels.joined(separator: ", "))")
            }
        }
        return lines.joined(separator: "\n")
    }

    private var rows: String {
        RunState.Kind.allCases.flatMap { state in
            EventKind.allCases.map { event in
                let found = results[Cell(state: state, event: event)] ?? []
                return "| \(state.rawValue) | \(event.rawValue) | \(found.sorted().joined(separator: "<br>")) |"
            }
        }.joined(separator: "\n")
    }
}
