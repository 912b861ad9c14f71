import ArgumentParser
import BatonPlaybooks
import BatonReports

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "What does a code of `baton check` mean, why is it there, and what is right instead?",
        discussion: "Example: baton explain BTN-missing-unit\n\nWithout a code it lists them all.")

    @Argument(help: ArgumentHelp("As `baton check` prints it; `BTN-` may be left out.", valueName: "code"))
    var code: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let codes = try code.map { [try Self.find($0)] } ?? ComplaintCode.allCases
        let explanations = codes.compactMap(CodeExplanation.init)
        switch options.format {
        case .json: Output.data(try ReportJSON.text(ExplanationReport(codes: explanations)))
        case .text:
            Output.document(
                code == nil ? CodeExplanation.list(explanations) : explanations.first?.document() ?? TextDocument())
        }
    }

    private static func find(_ word: String) throws -> ComplaintCode {
        switch ComplaintCode.named(word) {
        case .success(let code): return code
        case .failure(let unknown):
            throw CommandProblem(
                .usage, "there is no code \(word)",
                remedy: unknown.nearest.map { "did you mean \($0.rawValue)?" } ?? "baton explain lists them all")
        }
    }
}

extension CodeExplanation {
    init?(_ code: ComplaintCode) {
        guard let explanation = code.explanation else { return nil }
        self.init(
            code: code.rawValue, meaning: explanation.meaning, why: explanation.why, wrong: explanation.wrong,
            right: explanation.right, incident: explanation.incident)
    }
}
