import ArgumentParser
import BatonActions
import BatonCore
import BatonJournal
import BatonPlaybooks
import BatonReports

struct DocsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Write the runbooks that a person follows when Baton is gone. Asks no server.",
        discussion: """
            One page for each playbook and each site that it can lead to, made from the plan that Baton runs, with the exact \
            commands to do each step by hand; and an index. With --reference the pages of every key, action, gate, word and \
            code instead. With --check nothing is written: exit status 2, and the difference on stdout, when a page is older \
            than what it is made from.

            Example: baton docs Playbooks/planned-switchover.yaml -t topology.yaml -o Runbooks
            """)

    @Argument(help: ArgumentHelp("How you fail over.", valueName: "playbook"))
    var playbooks: [String] = []

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("What you have.", valueName: "file"))
    var topology: String?

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where the pages are.", valueName: "dir"))
    var output: String

    @Flag(help: "Write nothing; say which page is not what it should be.")
    var check = false

    @Flag(help: "The reference pages, of no playbook and no topology.")
    var reference = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard playbooks.isEmpty == reference, !(reference && topology != nil) else {
            throw ValidationError("say what to write: playbooks with -t, or --reference alone")
        }
    }

    func run() async throws {
        let pages =
            reference
            ? PageSet.reference
            : PageSet(
                pages: try Runbooks(playbooks: playbooks, topology: topology ?? "\(options.state)/lab/topology.yaml")
                    .pages, mark: Runbook.mark, source: "plan", removesLeftovers: false)
        let directory = PageDirectory(path: output)
        let report = DocsReport(pages, in: directory, writes: !check)
        if !check { try pages.write(report, to: directory) }
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.data(report.text(in: output, madeFrom: pages.source))
        }
        if check && !report.current { throw ExitStatus.refused }
    }
}

/// The runbooks of some playbooks on one topology, for every site that a primary role can go to.
struct Runbooks {
    let pages: [Page]

    /// No path of a topology begins so: what does was relative to the topology's file.
    private static let directory = ByHandRenderer.Directory(path: "/%topology%", variable: "BATON_DIR")

    init(playbooks paths: [String], topology path: String) throws {
        let catalogue = Catalogue.standard
        var complaints: [Complaint] = []
        let topology = LoadedFiles.collect(&complaints) { try TopologyLoader.load(path: path) }
        let playbooks = paths.compactMap { path in
            LoadedFiles.collect(&complaints) { try PlaybookLoader.load(path: path, catalogue: catalogue) }
        }
        guard let topology, complaints.isEmpty else { throw CommandProblem(files: complaints) }
        // The same file as if it lay in a directory of no machine, so that a page is the same wherever it is written.
        let placed = try TopologyLoader.parse(text: topology.text, path: Self.directory.path + "/topology.yaml")
            .topology
        let sites = placed.sites.filter { site in
            placed.nodes.contains { $0.site == site } && placed.nodes.contains { $0.site != site }
        }
        guard !sites.isEmpty else {
            throw CommandProblem(
                .badFile, "\(path): all nodes are at one site, so there is nowhere to switch over to",
                remedy: "add a standby of another site to the topology")
        }
        var runbooks: [Runbook] = []
        for playbook in playbooks {
            for site in sites {
                let plan = try Self.plan(playbook, topology, placed, to: site, catalogue)
                runbooks.append(
                    Runbook(
                        plan: plan, catalogue: catalogue,
                        directory: placed == topology.topology ? nil : Self.directory))
            }
        }
        let names = runbooks.map(\.fileName)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw CommandProblem(
                .badFile, "two playbooks have the same name: both would be \(twice)",
                remedy: "give each playbook its own name:")
        }
        pages =
            runbooks.map { Page(name: $0.fileName, text: $0.page()) }
            + [Page(name: RunbookIndex.fileName, text: RunbookIndex.page(runbooks))]
    }

    private static func plan(
        _ playbook: LoadedPlaybook, _ topology: LoadedTopology, _ placed: Topology, to site: String,
        _ catalogue: Catalogue
    ) throws -> Plan {
        do {
            return try Planner(catalogue: catalogue).plan(
                playbook.playbook,
                identity: FileIdentity(name: playbook.playbook.name, sha256: Digest.sha256(Array(playbook.text.utf8))),
                on: placed,
                identity: FileIdentity(name: placed.name, sha256: Digest.sha256(Array(topology.text.utf8))), to: site)
        } catch {
            throw CommandProblem(planning: error, playbook: playbook.path, isUsage: false)
        }
    }
}
