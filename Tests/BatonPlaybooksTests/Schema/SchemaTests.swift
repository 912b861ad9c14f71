import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("The JSON Schemas")
struct SchemaTests {
    @Test("What the loader takes, the schema takes", arguments: Corpus.good)
    func good(_ file: CorpusFile) throws {
        let complaints = try file.load()
        #expect(!complaints.contains { $0.severity == .error })
        #expect(try file.isAcceptedBySchema() == true)
    }

    @Test(
        "What the loader refuses for its form, the schema refuses; what no schema can say, it takes",
        arguments: Corpus.bad)
    func bad(_ file: CorpusFile) throws {
        guard let isAccepted = try file.isAcceptedBySchema() else { return }
        do {
            _ = try file.load()
            #expect(isAccepted, "it loads")
        } catch let failure as LoadFailure {
            let within = try SchemaReach.within(failure.complaints)
            #expect(isAccepted == within.isEmpty, "\(failure)")
        }
    }

    @Test("The corpus has a bad file for each code of a form, and enough that a schema can judge")
    func coverage() throws {
        // About a file as a whole, or about a plan; their suites test them one by one.
        let elsewhere = SafetyCorpusTests.codesOfTheFold.union([
            .unreadableFile, .fileTooLarge, .notUTF8, .emptyFile, .momentNeverComes, .noPlan,
        ])
        let missing = ComplaintCode.allCases.filter { !Corpus.badCodes.contains($0) && !elsewhere.contains($0) }
        #expect(missing.isEmpty, "\(missing.map(\.rawValue))")
        #expect(Corpus.bad.count > 150)
        let refused = try Corpus.bad.count { try $0.isAcceptedBySchema() == false }
        #expect(refused > 100)
    }

    @Test("Every key that a table declares stands in a good file")
    func keys() {
        let good = Corpus.good.map(\.text).joined(separator: "\n")
        let tables = [
            PlaybookKeys.root, PlaybookKeys.objectives, PlaybookKeys.limits, PlaybookKeys.step, ScenarioKeys.root,
            ScenarioKeys.scenario, ScenarioKeys.fault, TopologyKeys.root,
            TopologyKeys.node, TopologyKeys.nodeControl, TopologyKeys.localControl, TopologyKeys.pooler,
            TopologyKeys.route, TopologyKeys.canary, TopologyKeys.notify, TopologyKeys.tlsSettings,
            TopologyKeys.sshControl, TopologyKeys.nodeFence, TopologyKeys.commandFence, TopologyKeys.httpFence,
            TopologyKeys.fenceRequest, TopologyKeys.fenceAnswer,
        ]
        for table in tables {
            for key in table.keys {
                if case .notYet = key.form { continue }
                #expect(good.contains("\(key.name):"), "\(table.noun) \(key.name)")
            }
        }
    }

    @Test("The schemas beside the shipped playbook are those that the program prints: `make schema`")
    func fresh() throws {
        for (name, document) in [("playbook", Corpus.shippedSchema), ("topology", Corpus.topologySchema)] {
            let text = try SourceText.read(path: "\(Corpus.root)/Playbooks/schema/\(name).json").text
            // Not compared inside of the expectation, which would print both.
            let isFresh = text == document.text
            #expect(isFresh, "Playbooks/schema/\(name).json is not what `baton schema \(name)` prints")
        }
    }

    @Test("The validator refuses a keyword that it does not know")
    func unknownKeyword() {
        #expect(throws: SchemaValidator.UnknownKeyword.self) {
            try SchemaValidator(root: ["type": "string", "maxLength": 3]).accepts(.text("x"))
        }
    }
}
