import ArgumentParser
import BatonCore
import BatonPlaybooks
import BatonReports
import Glibc

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Are these playbooks, topologies and scenario files well-formed and safe? Asks no server.",
        discussion: "Example: baton check Playbooks/planned-switchover.yaml topology.yaml")

    @Argument(help: ArgumentHelp("Each says itself what it is.", valueName: "file"))
    var files: [String]

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
        let report = CheckReport(findings: Set(complaints).sorted())
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text:
            Output.document(TextDocument(findings: report.findings.map(Finding.init)))
            Output.data(verdict(report))
        }
        if !report.valid { throw ExitStatus.badFile }
    }

    private func verdict(_ report: CheckReport) -> String {
        if !report.valid { return "not valid" }
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

    init(findings: [Complaint]) {
        self.findings = findings
        valid = !findings.contains { $0.severity == .error }
    }
}
