import ArgumentParser
import BatonCore
import BatonPlaybooks
import BatonSimulator

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema (draft 07) of a kind of file, for editors.",
        discussion: """
            Example: baton schema playbook > schema/playbook.json

            An editor with a YAML language server reads it where a file's first line is \
            `# yaml-language-server: $schema=schema/playbook.json`. The schema says all of the form that a schema can; \
            `baton check` says the rest.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case playbook, topology, scenarios
    }

    @Argument(help: "The kind of file.")
    var kind: Kind

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let document =
            switch kind {
            case .playbook: PlaybookSchema.document(.standard)
            case .topology: TopologySchema.document(.standard)
            case .scenarios: ScenarioSchema.document(.standard, faults: ScenarioFaults.declarations)
            }
        Output.data(document.text)
    }
}
