package import BatonCore

/// The keys of a playbook. The loader, the schema and the reference pages have no other list.
package enum PlaybookKeys {
    package static let header = KeyTable(
        "the playbook",
        [
            KeyDeclaration(
                "baton", .version("playbook/v1"), isRequired: true, example: "playbook/v1",
                "What the file is, and in which version of the form."),
            KeyDeclaration(
                "name", .name, isRequired: true, example: "planned-switchover",
                "The playbook's name in reports and records."),
            KeyDeclaration(
                "title", .line, isRequired: true, example: "Planned switchover to another site",
                "What it does, for people."),
            KeyDeclaration(
                "why", .text(lines: true), isRequired: true,
                example: "Move the primary role without losing a committed write.", "Why one would run it."),
            KeyDeclaration(
                "mode", .word(Mode.ofPlaybooks.map { WordDeclaration($0.rawValue, $0.summary) }), isRequired: true,
                example: "planned", "Whether old takes part."),
            KeyDeclaration(
                "objectives", .mapping(objectives), otherwise: "nothing is judged",
                example: "{ write-pause: 2s, recovery-time: 60s, recovery-point: 0B }",
                "What a drill is judged against at its end; no objective stops a run."),
            KeyDeclaration(
                "limits", .mapping(limits), otherwise: "`{ freeze: 30s, undo-reserve: 10s }`",
                example: "{ freeze: 30s, undo-reserve: 10s }", "Bounds that the run keeps."),
        ])

    package static let objectives = KeyTable(
        "`objectives`",
        [
            KeyDeclaration(
                "write-pause", .anySpan, otherwise: "not judged", example: "2s",
                "Longest gap between two acknowledged writes."),
            KeyDeclaration(
                "recovery-time", .anySpan, otherwise: "not judged", example: "60s",
                "From the command's acceptance to the first acknowledged write on new."),
            KeyDeclaration(
                "recovery-point", .bytes, otherwise: "not judged", example: "0B", "Most log that may be lost."),
        ])

    package static let limits = KeyTable(
        "`limits`",
        [
            KeyDeclaration(
                "freeze", span(from: .milliseconds(1)), otherwise: "`30s`", example: "30s",
                "How long clients may wait, from the first pause that is sent."),
            KeyDeclaration(
                "undo-reserve", .anySpan, otherwise: "`10s`", example: "10s",
                "The part of `freeze` that is kept for going back; shorter than it."),
        ])

    /// The header's keys and the phases.
    package static let root: KeyTable = {
        var table = header
        table.keys += Phase.allCases.map { phase in
            KeyDeclaration(
                phase.rawValue, .steps(phase, step), otherwise: "nothing is done", phase.summary)
        }
        return table
    }()

    package static let step = KeyTable(
        "a step",
        hints: [
            "timeout": "deadline", "action": "do", "run": "do", "check": "gate", "guard": "gate", "target": "on",
            "targets": "on", "role": "on", "parameters": "with", "args": "with", "limits": "limit",
            "description": "why", "name": "title", "when": "modes", "mode": "modes", "retries": "retry",
            "attempts": "retry", "manual": "by-hand", "optional": "best-effort", "ignore-errors": "best-effort",
            "continue-on-error": "best-effort",
        ],
        exactlyOneOf: [["do", "gate"]],
        [
            KeyDeclaration(
                "id", .name, otherwise: "`<phase>.<action>`, with a number where there are several",
                example: "stop-old", "The step's name in reports and commands; unique in the playbook."),
            KeyDeclaration("title", .line, example: "Stop the old primary", "The step's headline, for people."),
            KeyDeclaration(
                "why", .text(lines: true), example: "Clients wait; none of them sees an error.",
                "Why the step is there; printed in the runbook."),
            KeyDeclaration("owner", .line, example: "DBA on call", "Who answers for the step."),
            KeyDeclaration("do", .action, example: "postgres.stop", "The action that the step does."),
            KeyDeclaration("gate", .gate, example: "postgres.streaming", "The gate that the step asks."),
            KeyDeclaration(
                "on",
                .oneOrMore(
                    of: .word(Role.allCases.map { WordDeclaration($0.rawValue, $0.summary) }), atLeast: 1),
                isRequired: true, example: "new", "Whom the step concerns: one role, or a list of different ones."),
            KeyDeclaration(
                "with", .parameters, otherwise: "each parameter's default", example: "{ … }",
                "What the action takes; not for gates."),
            KeyDeclaration(
                "limit", .limits, otherwise: "each limit's default", example: "{ bytes: 16MiB }",
                "What the gate allows; not for actions."),
            KeyDeclaration(
                "deadline", span(from: .milliseconds(1)), otherwise: "the action's default", example: "10s",
                "How long the step may take. A gate in `catch-up` or `verify` needs one."),
            KeyDeclaration(
                "retry", .count(0...100), otherwise: "`0`", example: "2",
                "How often an action is tried again that was proved not done; not for gates."),
            KeyDeclaration(
                "best-effort", .flag, otherwise: "`false`", example: "true",
                "Whether the run goes on when the action fails; it may be tried on what an emergency has lost. Only in "
                    + "`prepare` and `finish`, and only with a `deadline` of at most \(Units.written(longestBestEffort))."
            ),
            KeyDeclaration(
                "needs",
                .notYet(
                    "This Baton does not ask for approvals yet, and it does not run a step that needs one without it."),
                example: "approval", "Whose consent the step needs."),
            KeyDeclaration(
                "modes",
                .oneOrMore(
                    of: .word(Mode.ofPlaybooks.map { WordDeclaration($0.rawValue, $0.summary) }), atLeast: 0),
                otherwise: "both", example: "planned", "The modes in which the step takes part."),
            KeyDeclaration(
                "by-hand", .text(lines: true), example: "Ask the network team first.",
                "Your own words for doing it by hand, beside the commands that Baton knows."),
        ])

    /// Longer would be a wait for what is lost, and service waits with it.
    package static let longestBestEffort = TimeSpan.seconds(10)

    private static func span(from least: TimeSpan) -> ValueForm {
        .span(least...ValueForm.longestSpan, why: "shorter could never be kept")
    }
}
