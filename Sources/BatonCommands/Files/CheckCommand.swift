import ArgumentParser
import BatonCore
import BatonPlaybooks
import BatonReports
import Glibc

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Are these playbooks, topologies and scenario files well-formed and safe? Asks no server.",
        discussion: """
            A playbook is played on an assumed world, with every way back, alone or on the topologies beside it.
            Example: baton check Playbooks/planned-switchover.yaml topology.yaml
            """)

    @Argument(help: ArgumentHelp("Each says itself what it is.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp("Name what the playbooks would still need of this site if it were lost.", valueName: "site"))
    var assumeDown: String?

    @Flag(help: "Show what holds after each phase of a playbook, and the way back from there.")
    var facts = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var complaints: [Complaint] = []
        for path in files {
            switch Self.kind(of: path) {
            case .topology:
                complaints +=
                    LoadedFiles.collect(&complaints) { try TopologyLoader.load(path: path) }?.complaints ?? []
            case .scenarios: _ = ScenarioFiles(path: path, &complaints)
            case .playbook, .unknown:
                complaints +=
                    LoadedFiles.collect(&complaints) {
                        try PlaybookLoader.load(path: path, catalogue: .standard)
                    }?.complaints ?? []
            }
        }
        let isBad = complaints.contains { $0.severity == .error }
        let safety = isBad ? nil : try SafetyCheck(files.map { ($0, Self.kind(of: $0)) })
        complaints += try safety?.findings(assumingDown: assumeDown) ?? []
        let report = CheckReport(findings: Set(complaints).sorted(), facts: facts ? try safety?.facts() : nil)
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text:
            for playbook in report.facts ?? [] { Output.data(playbook.rendered) }
            Output.document(TextDocument(findings: report.findings.map(Finding.init)))
            Output.data(verdict(report, isBad: isBad))
        }
        if !report.valid { throw isBad ? ExitStatus.badFile : .refused }
    }

    private func verdict(_ report: CheckReport, isBad: Bool) -> String {
        if isBad { return "not valid" }
        if !report.valid { return "well-formed, and not safe" }
        return files.count == 1 ? "well-formed and safe" : "all \(files.count) files are well-formed and safe"
    }

    /// An unreadable file is loaded as a playbook, whose loader says why it cannot be read.
    private static func kind(of path: String) -> FileKind {
        guard let file = fopen(path, "rb") else { return .unknown }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&buffer, 1, buffer.count, file)
        return FileKind.detect(String(decoding: buffer.prefix(count), as: UTF8.self))
    }
}

/// `check/v1`.
struct CheckReport: Codable {
    var format = "check/v1"
    var valid: Bool
    var findings: [Complaint]
    /// Absent unless asked for.
    var facts: [PlaybookFacts]?

    init(findings: [Complaint], facts: [PlaybookFacts]?) {
        self.findings = findings
        self.facts = facts
        valid = !findings.contains { $0.severity == .error }
    }
}
