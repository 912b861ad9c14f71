import BatonCore
import BatonJournal
import Glibc

@testable import BatonLab

/// What became of a run that something was done to.
struct SweepRow: Sendable {
    /// What was done.
    var point: String
    /// The last line of the process that was killed: its rule, and what it announced.
    var rule = "-"
    var announced = ""
    /// `itself`, `guard`, `resume`, in the order in which they took the run.
    var finishedBy: [String] = []
    /// Baton's own exit, then each resume's.
    var exits: [Int32] = []
    var gapMs: Double?
    var clientErrors = 0
    var outcome = "-"
    var primary = "-"
    var seconds = 0.0
    var violations: [String] = []

    /// Reads what the journal tells.
    mutating func read(_ journal: JournalContents) {
        let own = journal.entries.prefix { if case .takenOver = $0.event { false } else { true } }
        rule = own.last?.rule.rawValue ?? "header"
        announced = Set(own.last?.announced.map { "\($0.action)" } ?? []).sorted().joined(separator: " ")
        finishedBy = journal.entries.compactMap { entry in
            guard case .takenOver(let takeover) = entry.event else { return nil }
            return takeover.purpose == .ownerLost ? "guard" : takeover.purpose.rawValue
        }
        if finishedBy.isEmpty { finishedBy = ["itself"] }
        outcome = journal.closing?.outcome ?? journal.entries.last?.state.rawValue ?? "header"
    }

    static let titles = [
        "done to Baton or a server", "last own rule", "announced", "finished by", "exits", "gap ms", "errors",
        "outcome", "primary", "s", "",
    ]

    var cells: [String] {
        [
            point, rule, announced, finishedBy.joined(separator: "+"), exits.map { "\($0)" }.joined(separator: ","),
            gapMs.map { "\(Int($0.rounded()))" } ?? "-", "\(clientErrors)", outcome, primary,
            "\((seconds * 10).rounded() / 10)", violations.joined(separator: "; "),
        ]
    }
}

/// The table that a sweep leaves: printed row by row, and appended to the file that `BATON_SWEEP_TABLE` names.
struct SweepTable {
    private static let widths = [52, 18, 30, 14, 8, 7, 6, 12, 8, 5, 0]
    private(set) var rows: [SweepRow] = []

    init(_ title: String) {
        put("\n\(title)")
        put(Self.line(SweepRow.titles))
    }

    mutating func add(_ row: SweepRow) {
        rows.append(row)
        put(Self.line(row.cells))
    }

    func put(_ line: String) {
        print(line)
        fflush(nil)
        guard let path = SweepSettings.text("BATON_SWEEP_TABLE") else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard descriptor >= 0 else { return }
        _ = LabFiles.put(line + "\n", into: descriptor)
        close(descriptor)
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, widths).map { $0 + String(repeating: " ", count: max(1, $1 + 1 - $0.count)) }.joined()
    }
}

/// What the Makefile asks for.
enum SweepSettings {
    static func text(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every point, and not only those that stand for the others.
    static var isFull: Bool { text("BATON_SWEEP") == "full" }
    /// How many switchovers the soak makes; it does not run without.
    static var soakCount: Int? { text("BATON_SOAK").flatMap { Int($0) } }
    static var seed: UInt64? { text("BATON_SEED").flatMap { UInt64($0) } }
}
