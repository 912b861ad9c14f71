import BatonCore
import Testing

@testable import BatonPlaybooks

/// A good form with one passage replaced, and the complaint that must come of it.
struct BadFile: Sendable, CustomTestStringConvertible {
    var passage: String
    var replacement: String
    var code: ComplaintCode
    var line: Int
    var severity: Complaint.Severity

    init(
        _ passage: String, _ replacement: String, _ code: ComplaintCode, _ line: Int,
        _ severity: Complaint.Severity = .error
    ) {
        self.passage = passage
        self.replacement = replacement
        self.code = code
        self.line = line
        self.severity = severity
    }

    /// The whole text.
    func text(in form: String) throws -> String {
        try #require(GoodFiles.with(form, passage, replacement), "the passage stands once in the good form")
    }

    var testDescription: String { "\(code.rawValue) line \(line): \(replacement.prefix(60))" }

    /// Expects the complaint, exactly on its line, and that every complaint is complete.
    func check(in form: String, load: (String) throws -> [Complaint]) throws {
        let text = try text(in: form)
        let complaints: [Complaint]
        do {
            complaints = try load(text)
            #expect(severity == .warning, "it loaded: \(complaints)")
        } catch let failure as LoadFailure {
            complaints = failure.complaints
            #expect(severity == .error, "\(failure)")
        }
        let isFound = complaints.contains { $0.code == code.rawValue && $0.line == line && $0.severity == severity }
        #expect(isFound, "\(LoadFailure(complaints: complaints))")
        expectSound(complaints)
    }
}

/// What every list of complaints keeps.
func expectSound(_ complaints: [Complaint]) {
    #expect(complaints == complaints.sorted())
    for complaint in complaints {
        #expect(complaint.line >= 1 && complaint.column >= 1)
        #expect(complaint.message.hasSuffix(".") && !complaint.message.hasSuffix(".."), "\(complaint.message)")
        #expect(complaint.remedy.hasSuffix(".") || complaint.remedy.hasSuffix("?"), "\(complaint.remedy)")
        #expect(ComplaintCode(rawValue: complaint.code) != nil)
        #expect(!complaint.description.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
        let end = complaint.column - 1 + complaint.length
        #expect(complaint.length >= 1)
        #expect(complaint.length == 1 || end <= complaint.sourceLine?.unicodeScalars.count ?? 0, "\(complaint)")
    }
}

func loadPlaybook(_ text: String) throws -> [Complaint] {
    try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: TestCatalogue.catalogue).complaints
}

func loadTopology(_ text: String) throws -> [Complaint] {
    try TopologyLoader.parse(text: text, path: "/team/t.yaml").complaints
}
