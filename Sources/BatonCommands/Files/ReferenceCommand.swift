import ArgumentParser

struct ReferenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Writes the reference pages: every key, action, gate, word and code.",
        discussion: "Example: baton docs --reference -o Documentation/Reference")

    @Flag(help: "Write the reference pages.")
    var reference = false

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where the pages go.", valueName: "dir"))
    var output: String

    @Flag(help: "Write nothing; end with 2 when a page is missing, stale or superfluous.")
    var check = false

    func validate() throws {
        guard reference else { throw ValidationError("say what to write: --reference") }
    }

    func run() async throws { try ReferenceFiles.render(into: output, check: check) }
}
