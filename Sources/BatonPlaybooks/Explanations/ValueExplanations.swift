extension ComplaintCode {
    /// Keys and values.
    static let valueExplanations: [ComplaintCode: Explanation] = [
        .wrongKind: Explanation(
            meaning: "The file's `baton:` says another kind of file than is wanted here, or none that Baton knows.",
            why: "A topology in the place of a playbook would be full of complaints that miss the point.",
            wrong: "baton: machine/v1",
            right: "baton: playbook/v1"),
        .unknownVersion: Explanation(
            meaning: "The file is written in a version of the form that this Baton does not read.",
            why: "Keys of another version may have another meaning; a run on a misread playbook is worse than none.",
            wrong: "baton: playbook/v2",
            right: "baton: playbook/v1"),
        .missingKey: Explanation(
            meaning: "A key is required here and absent.",
            why: "Baton fills in nothing that decides what is done to whom.",
            wrong: """
                fence:
                  - do: postgres.stop
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                """),
        .unknownKey: Explanation(
            meaning: "There is no such key here.",
            why: "A misspelt key that is skipped in silence is a deadline or a limit that is not there when it counts.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    timeout: 30s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 30s
                """),
        .wrongType: Explanation(
            meaning: "The value is of another shape than the key takes: a list, a mapping or a single value.",
            why: "Nothing is converted; what was meant would be a guess.",
            wrong: "limits: 30s",
            right: "limits: { freeze: 30s, undo-reserve: 10s }"),
        .ambiguousScalar: Explanation(
            meaning:
                "A text stands without quotes, and YAML can read it as a truth value, a number, a date or nothing.",
            why: "YAML 1.1 reads `no` as false, `012` as ten and `12:30` as 750; YAML 1.2 does not. What an editor, a "
                + "script and Baton see would differ. Quotes make it a text for all of them.",
            wrong: "title: no",
            right: "title: \"no\"",
            incident: "The \"Norway problem\": lists of country codes in YAML lost `NO`, which had become false."),
        .emptyValue: Explanation(
            meaning: "The value is empty.",
            why: "An empty text says nothing to the person who reads it in an emergency; an empty list of roles does "
                + "nothing and looks done.",
            wrong: "title: \"\"",
            right: "title: Planned switchover"),
        .badName: Explanation(
            meaning: "The value names something, and has characters that a name must not have.",
            why: "Names stand in file names, replication slots and commands, where spaces and other signs need quotes "
                + "that somebody forgets.",
            wrong: "name: planned switchover",
            right: "name: planned-switchover"),
        .missingUnit: Explanation(
            meaning: "A duration or a size is a number without a unit.",
            why: "`2` could be milliseconds, seconds or minutes.",
            wrong: "objectives: { write-pause: 2 }",
            right: "objectives: { write-pause: 2s }",
            incident: "PostgreSQL's own settings have different units without one: 5 is seconds for "
                + "wal_receiver_status_interval and milliseconds for deadlock_timeout."),
        .unknownUnit: Explanation(
            meaning: "A duration or a size has a unit that Baton does not know, or a space in front of it.",
            why: "`1m` is a minute for some and a month for others.",
            wrong: "objectives: { recovery-time: 1m }",
            right: "objectives: { recovery-time: 1min }"),
        .decimalUnit: Explanation(
            meaning: "A size is in `kB`, `MB`, `GB` or `TB`.",
            why: "For some these are powers of 1000, for PostgreSQL of 1024. `KiB`, `MiB`, `GiB` and `TiB` are powers "
                + "of 1024 for everybody.",
            wrong: "objectives: { recovery-point: 16MB }",
            right: "objectives: { recovery-point: 16MiB }"),
        .notWhole: Explanation(
            meaning: "A number has a fraction, an exponent or separators.",
            why: "Whole numbers of a smaller unit say the same without rounding.",
            wrong: "objectives: { write-pause: 1.5s }",
            right: "objectives: { write-pause: 1500ms }"),
        .negative: Explanation(
            meaning: "A number is below zero.",
            why: "No duration, size or count of Baton's can be.",
            wrong: "objectives: { write-pause: -2s }",
            right: "objectives: { write-pause: 2s }"),
        .outOfRange: Explanation(
            meaning: "A number is less or more than makes sense at this place.",
            why: "A deadline of nothing could never be kept, and one of years is a mistake of the unit.",
            wrong: "objectives: { recovery-time: 200h }",
            right: "objectives: { recovery-time: 2h }"),
        .unknownWord: Explanation(
            meaning: "The value is none of the words that the key takes.",
            why: "There is nothing that Baton could do for a word that it does not know.",
            wrong: "mode: scheduled",
            right: "mode: planned"),
    ]
}
