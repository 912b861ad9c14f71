package import BatonCore

/// One moment of a simulated run's story: what a proof and a failed scenario tell.
package struct StoryMoment: Codable, Hashable, Sendable {
    /// Since the simulated world began.
    package var ms: Double
    package var who: String
    package var what: String

    package init(at: TimeSpan, who: String, what: String) {
        ms = at.reportedMilliseconds
        self.who = who
        self.what = what
    }
}

extension TextDocument {
    /// A story, one moment on a line.
    mutating func add(_ story: [StoryMoment]) {
        var table = TextTable([.right, .left, .left])
        for moment in story {
            table.add(
                Span("+\(TimeSpan(reportedMilliseconds: moment.ms))", .faint), Span(moment.who), Span(moment.what))
        }
        add(table.lines(indent: 4))
    }
}
