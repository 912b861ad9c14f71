internal import BatonCore

/// The phases of a run on one scale, with the span in which clients waited and the point of no return.
struct RunTimeline {
    private static let barWidth = 40
    private let record: RunRecord
    private let end: Instant

    init(_ record: RunRecord) {
        self.record = record
        self.end = max(record.lastInstant, record.header.startedInstant + TimeSpan(nanoseconds: 1))
    }

    func lines() -> [StyledLine] {
        var table = TextTable([.left, .right, .right, .left])
        table.head("", "starts", "takes", "")
        var marks = marks()
        for span in record.phaseSpans {
            while let mark = marks.first, mark.at <= span.began {
                add(mark, to: &table)
                marks.removeFirst()
            }
            let takes = span.ended.map { ($0 - span.began).description } ?? "not ended"
            table.add(
                Span(span.phase.rawValue), Span("+\(record.offset(span.began))"), Span(takes),
                Span(bar("#", from: span.began, to: span.ended ?? end)))
        }
        for mark in marks { add(mark, to: &table) }
        return table.lines()
    }

    private struct Mark {
        var at: Instant
        var until: Instant?
        var name: String
        var takes: String
        var sign: Character
        var tone: Tone
    }

    private func marks() -> [Mark] {
        var marks: [Mark] = []
        if let frozen = record.machine.frozen {
            let ended = frozen.ended
            marks.append(
                Mark(
                    at: frozen.began, until: ended ?? end, name: "clients frozen",
                    takes: ended.map { ($0 - frozen.began).description } ?? "still", sign: "~",
                    tone: ended == nil ? .bad : .warning))
        }
        if let point = record.pointOfNoReturn {
            marks.append(
                Mark(at: point, until: nil, name: "point of no return", takes: "", sign: "|", tone: .strong))
        }
        let undoing = record.undoing
        if let began = undoing.map(\.startedAt).min() {
            let ended = undoing.allSatisfy(\.isSettled) ? undoing.compactMap(\.endedAt).max() : nil
            marks.append(
                Mark(
                    at: began, until: ended ?? end, name: "undo",
                    takes: ended.map { ($0 - began).description } ?? "not ended", sign: "<", tone: .warning))
        }
        return marks.sorted { $0.at < $1.at }
    }

    private func add(_ mark: Mark, to table: inout TextTable) {
        table.add(
            Span("· " + mark.name, mark.tone), Span("+\(record.offset(mark.at))"), Span(mark.takes, mark.tone),
            Span(bar(mark.sign, from: mark.at, to: mark.until ?? mark.at), mark.tone))
    }

    /// At least one sign, so that the shortest phase is seen.
    private func bar(_ sign: Character, from start: Instant, to finish: Instant) -> String {
        let first = min(column(start), Self.barWidth - 1)
        let length = max(1, column(finish) - first)
        return String(repeating: " ", count: first) + String(repeating: sign, count: length)
    }

    private func column(_ instant: Instant) -> Int {
        let total = Double((end - record.header.startedInstant).nanoseconds)
        let part = Double(record.offset(instant).nanoseconds) / total
        return Int((max(0, min(1, part)) * Double(Self.barWidth)).rounded())
    }
}
