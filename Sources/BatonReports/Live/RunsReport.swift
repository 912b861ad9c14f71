package import BatonCore

/// All runs of a state directory as JSON: `runs/v1`.
package struct RunsReport: Codable, Hashable, Sendable {
    package static let format = "runs/v1"

    package struct Run: Codable, Hashable, Sendable {
        package var run: RunID
        package var command: String
        @OrNull package var from: String?
        package var to: String
        package var outcome: ReportedOutcome
        package var startedAt: WallTime
        /// From the command's acceptance to the last record.
        package var durationMs: Double
        /// The first leg, when this run is the way back.
        @OrNull package var backOf: RunID?
    }

    package var format: String
    /// Latest first.
    package var runs: [Run]

    package init(_ records: [RunRecord]) {
        format = Self.format
        runs = records.sorted { ($1.header.startedAt, $1.header.run) < ($0.header.startedAt, $0.header.run) }
            .map { record in
                let passage = Passage(record.machine)
                return Run(
                    run: record.header.run, command: record.header.command, from: passage.from, to: passage.to,
                    outcome: record.outcome, startedAt: record.header.startedAt,
                    durationMs: record.duration.reportedMilliseconds, backOf: record.header.backOf)
            }
    }

    package func document() -> TextDocument {
        var document = TextDocument()
        if runs.isEmpty {
            document.add("No runs.")
            return document
        }
        var table = TextTable([.left, .left, .left, .left, .left, .right])
        table.head("run", "command", "from -> to", "outcome", "started", "took")
        for run in runs {
            let tone: Tone =
                switch run.outcome {
                case .completed, .alreadyThere: .good
                case .completedWithObligations, .unfinished: .warning
                case .refused, .rolledBack, .interrupted, .halted: .bad
                }
            // To the second: what a list needs.
            let started = String(run.startedAt.description.prefix(19)) + "Z"
            table.add(
                Span(run.run.rawValue), Span(run.command), Span("\(run.from ?? "?") -> \(run.to)"),
                Span(run.outcome.rawValue, tone), Span(started),
                Span(TimeSpan(reportedMilliseconds: run.durationMs).description))
        }
        document.add(table.lines(indent: 0))
        return document
    }
}
