extension ComplaintCode {
    /// The file and its YAML.
    static let fileExplanations: [ComplaintCode: Explanation] = [
        .unreadableFile: Explanation(
            meaning: "The file cannot be opened or read, or it is no file.",
            why: "Nothing is assumed of a file that Baton has not seen."),
        .fileTooLarge: Explanation(
            meaning: "The file is larger than 1 MiB.",
            why: "No hand-written file comes near it. A wrong path, to a log or a dump, would otherwise be read whole."),
        .notUTF8: Explanation(
            meaning: "A byte of the file belongs to no UTF-8 text.",
            why: "In another encoding a name would not be the name that the author sees, and two editors would show "
                + "two playbooks."),
        .controlCharacter: Explanation(
            meaning: "A text contains a character that nobody sees, or a line break where one line is meant.",
            why: "Such a character can hide or reorder what a reviewer reads, and it can drive the terminal that a "
                + "report is shown on.",
            wrong: "title: \"Planned\\nswitchover\"",
            right: "title: Planned switchover",
            incident: "CVE-2021-42574 (Trojan Source): marks that turn the direction of writing made reviewed code say "
                + "something else than it did."),
        .emptyFile: Explanation(
            meaning: "The file says nothing.",
            why: "An empty playbook would be a run that does nothing and looks done.",
            wrong: "# Still to be written."),
        .nestedTooDeep: Explanation(
            meaning: "The text is nested more than 32 levels deep.",
            why: "No file of Baton's needs more than eight. Deep nesting is how a small file exhausts a parser's "
                + "stack."),
        .anchor: Explanation(
            meaning: "A YAML anchor (`&name`) marks a value for use in another place.",
            why: "Every step shall say all that it does where it stands. With anchors, a change in one place changes "
                + "others that no reviewer sees.",
            wrong: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: &short 5s
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                """),
        .alias: Explanation(
            meaning: "A YAML alias (`*name`) stands for a value from another place.",
            why: "Every step shall say all that it does where it stands. Aliases of aliases are also how a small file "
                + "expands without end.",
            wrong: "title: *name",
            right: "title: Planned switchover",
            incident:
                "CVE-2019-11253: a manifest of nested aliases, the \"billion laughs\", kept Kubernetes API servers busy "
                + "until they did not answer."),
        .mergeKey: Explanation(
            meaning: "`<<` merges another mapping's keys into this one.",
            why: "What a mapping says would stand somewhere else, and whether a key is overridden depends on the "
                + "parser.",
            wrong: """
                limits:
                  <<: { freeze: 30s }
                  undo-reserve: 10s
                """,
            right: "limits: { freeze: 30s, undo-reserve: 10s }"),
        .tag: Explanation(
            meaning: "A YAML tag (`!name`) gives a value a type.",
            why: "Baton knows the type of every value itself. Tags are how other programs were made to run code while "
                + "they read a file.",
            wrong: "name: !service planned",
            right: "name: planned"),
        .severalDocuments: Explanation(
            meaning: "A second YAML document begins in the file.",
            why: "Readers that take the first document, and those that take the last, would see two different "
                + "playbooks.",
            wrong: """
                name: planned
                ---
                name: drill
                """,
            right: "name: planned"),
        .duplicateKey: Explanation(
            meaning: "A key stands twice in one mapping.",
            why: "Some parsers take the first, some the last. Which of two deadlines counts must not depend on that.",
            wrong: "limits: { freeze: 30s, freeze: 60s }",
            right: "limits: { freeze: 30s }"),
        .syntax: Explanation(
            meaning: "The text is not YAML at this place.",
            why: "Nothing is guessed of what cannot be read.",
            wrong: "title: Switchover: to another site",
            right: "title: \"Switchover: to another site\""),
    ]
}
