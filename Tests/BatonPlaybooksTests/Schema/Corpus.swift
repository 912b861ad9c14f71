import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

/// Files with the schema and the loader that judge them.
struct CorpusFile: Sendable, CustomTestStringConvertible {
    enum Kind: Sendable {
        /// With the test's catalogue.
        case playbook
        /// With the shipped catalogue.
        case shippedPlaybook
        case topology
        /// With the test's faults.
        case scenarios
    }

    var kind: Kind
    var name: String
    var text: String

    var testDescription: String { name }

    func load() throws -> [Complaint] {
        switch kind {
        case .playbook: try loadPlaybook(text)
        case .shippedPlaybook:
            try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: Corpus.shipped).complaints
        case .topology: try loadTopology(text)
        case .scenarios:
            try ScenarioLoader.parse(text: text, path: "s.yaml", faults: ScenarioTests.faults).complaints
        }
    }

    /// Nil where the text is not the YAML that Baton reads.
    var instance: Instance? {
        guard let source = try? SourceText(bytes: Array(text.utf8), path: "x") else { return nil }
        return (try? YAMLParsing.parse(Complaints(source))).map(Instance.init)
    }

    func isAcceptedBySchema() throws -> Bool? {
        let schema =
            switch kind {
            case .playbook: Corpus.testSchema
            case .shippedPlaybook: Corpus.shippedSchema
            case .topology: Corpus.topologySchema
            case .scenarios: Corpus.scenarioSchema
            }
        return try instance.map { try SchemaValidator(root: schema).accepts($0) }
    }
}

enum Corpus {
    static let shipped = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)
    static let testSchema = PlaybookSchema.document(TestCatalogue.catalogue)
    static let shippedSchema = PlaybookSchema.document(shipped)
    static let topologySchema = TopologySchema.document(shipped)
    static let scenarioSchema = ScenarioSchema.document(shipped, faults: ScenarioTests.faults)

    /// The repository's root, from the place of this file.
    static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    // MARK: Good

    /// A playbook that uses every key.
    static let everyPlaybookKey = """
        baton: playbook/v1
        name: all-keys
        title: Every key
        why: |
          To see them all.

          At once.
        mode: planned
        objectives: { write-pause: 2s, recovery-time: 60s, recovery-point: 0B }
        limits: { freeze: 30s, undo-reserve: 10s }
        preflight:
        prepare:
          - together:
              - id: reserve
                title: Reserve slots
                why: "So that\\nnothing is lost."
                owner: DBA on call
                do: postgres.slots
                on: new
                deadline: 10s
                retry: 3
                modes: [planned, emergency]
                by-hand: Ask first.
              - do: postgres.checkpoint
                on: [old, new]
                modes: planned
                deadline: 3s
                best-effort: true
        freeze:
          - do: pgbouncer.pause
            on: [poolers]
        fence:
          - do: postgres.stop
            on: old
        catch-up:
          - gate: postgres.replayed-shutdown-checkpoint
            on: new
            deadline: 10s
          - gate: postgres.replay-lag
            on: new
            limit: { bytes: 1KiB }
            deadline: 5min
        promote:
          - do: postgres.promote
            on: new
            with: { wait: 250us, checkpoint: false, label: "no", tries: 0 }
        repoint: [{ do: pgbouncer.repoint, on: poolers, with: {} }]
        thaw: [{ do: pgbouncer.resume, on: poolers }]
        verify: [{ gate: canary.write, on: routes, deadline: 1h }]
        finish: [{ do: postgres.rejoin, on: old }]

        """

    static let good: [CorpusFile] =
        [
            CorpusFile(kind: .playbook, name: "the contract's playbook", text: GoodFiles.playbook),
            CorpusFile(kind: .shippedPlaybook, name: "the same, shipped", text: GoodFiles.playbook),
            CorpusFile(kind: .playbook, name: "every key of a playbook", text: everyPlaybookKey),
            CorpusFile(kind: .topology, name: "the contract's topology", text: GoodFiles.topology),
            CorpusFile(kind: .topology, name: "every key of a topology", text: TopologyTests.everyKey),
            CorpusFile(kind: .topology, name: "notify", text: NotifyTests.form),
            CorpusFile(kind: .topology, name: "ssh and a command fence", text: NodeHostTests.commandForm),
            CorpusFile(kind: .topology, name: "an http fence", text: NodeHostTests.httpForm),
            CorpusFile(kind: .scenarios, name: "scenarios", text: ScenarioTests.form),
            CorpusFile(kind: .scenarios, name: "scenarios of an emergency", text: EmergencyScenarioTests.form),
            CorpusFile(kind: .topology, name: "nobody is told", text: GoodFiles.topology + "notify:\n"),
        ] + playbooksOnDisk

    /// The shipped playbooks, and those that load although a proof refuses them.
    private static let playbooksOnDisk: [CorpusFile] = [
        "Playbooks/planned-switchover", "Tests/BatonSimulatorTests/Unsafe/no-slots",
        "Tests/BatonSimulatorTests/Unsafe/lag-limit-too-generous", "Tests/BatonSimulatorTests/Unsafe/no-freeze",
    ].map { name in
        let text = (try? SourceText.read(path: "\(root)/\(name).yaml"))?.text
        return CorpusFile(kind: .shippedPlaybook, name: name, text: text ?? "")
    }

    // MARK: Bad

    /// The tables of bad files of the other suites, each in its form. What loads with a warning is among them.
    static let bad: [CorpusFile] = [
        files(badPlaybooks, .playbook, GoodFiles.playbook), files(TopologyTests.bad, .topology, GoodFiles.topology),
        files(NotifyTests.bad, .topology, NotifyTests.form),
        files(NodeHostTests.bad, .topology, NodeHostTests.commandForm),
        files(ScenarioTests.bad, .scenarios, ScenarioTests.form),
    ].flatMap(\.self)

    private static let badPlaybooks = [YAMLTests.bad, PlaybookFormTests.badForms, PlaybookSafetyTests.unsafe].flatMap(
        \.self)

    /// The code of every bad file, also of those that only a plan can judge.
    static let badCodes = Set(
        [badPlaybooks, TopologyTests.bad, NotifyTests.bad, NodeHostTests.bad, ScenarioTests.bad, ScenarioNameTests.bad]
            .flatMap(\.self)
            .map(\.code))

    private static func files(_ files: [BadFile], _ kind: CorpusFile.Kind, _ form: String) -> [CorpusFile] {
        files.compactMap { file in
            GoodFiles.with(form, file.passage, file.replacement).map {
                CorpusFile(kind: kind, name: file.testDescription, text: $0)
            }
        }
    }
}
