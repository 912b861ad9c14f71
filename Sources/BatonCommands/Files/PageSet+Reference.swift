import BatonCore
import BatonPlaybooks
import BatonReports
import BatonSimulator

extension PageSet {
    /// The page of every key, action, gate, word and code that this program knows.
    static var reference: PageSet {
        PageSet(
            pages: referenceContent.pages().map { Page(name: $0.path, text: $0.text) }, mark: ReferencePage.mark,
            source: "program", removesLeftovers: true)
    }

    private static var referenceContent: ReferenceContent {
        ReferenceContent(
            catalogue: .standard,
            files: [
                ReferenceContent.File(
                    "Playbook", "How a team fails over: the keys of `playbook/v1`.", PlaybookKeys.root),
                ReferenceContent.File("Topology", "What a team has: the keys of `topology/v1`.", TopologyKeys.root),
                ReferenceContent.File(
                    "Scenarios", "A team's tests of its playbook: the keys of `scenarios/v1`.", ScenarioKeys.root),
            ],
            faults: ScenarioFaults.declarations,
            exits: ExitStatus.allCases.map { WordDeclaration("\($0.rawValue)", $0.summary) },
            codes: ComplaintCode.allCases.compactMap(CodeExplanation.init))
    }
}
