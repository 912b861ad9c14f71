import ArgumentParser
import BatonCore
import BatonPlaybooks
import BatonReports
import BatonSimulator
import Glibc

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Does the playbook end as your scenarios say? Plays them in a simulator; asks no server.",
        discussion: """
            Example: baton test Playbooks/planned-switchover.test.yaml

            Each scenario is one run with what goes wrong in it and how it must end by itself. Afterwards everything is \
            repaired and an operator does what Baton asks for; a promise that is broken on the way fails the scenario, too. \
            With --format json there is one object on one line for each file.
            """)

    @Argument(help: ArgumentHelp("Scenario files.", valueName: "file"))
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var complaints: [Complaint] = []
        let loaded = files.map { ScenarioFiles(path: $0, &complaints) }
        let ready = loaded.compactMap(\.self)
        guard ready.count == loaded.count else {
            throw CommandProblem(files: Set(complaints.filter { $0.severity == .error }).sorted())
        }
        let warnings = TextDocument(findings: Set(complaints).sorted().map(Finding.init))
        Output.raw(Output.text(warnings, for: STDERR_FILENO), to: STDERR_FILENO)
        var passed = true
        for (index, files) in ready.enumerated() {
            let runner = ScenarioRunner(plan: files.plan, catalogue: .standard)
            let report = TestReport(
                file: self.files[index], plan: files.plan, runner.run(files.scenarios.file.scenarios))
            passed = passed && report.passed
            switch options.format {
            case .json: Output.data(try ReportJSON.text(report))
            case .text: Output.document(report.document())
            }
        }
        if !passed { throw ExitStatus.refused }
    }
}

extension TestReport {
    init(file: String, plan: Plan, _ report: ScenarioReport) {
        self.init(
            file: file, playbook: plan.playbook, scenarios: report.results.map { Scenario($0, plan: plan) },
            coverage: Coverage(report.coverage))
    }
}

extension TestReport.Scenario {
    fileprivate init(_ result: ScenarioResult, plan: Plan) {
        let wanted = result.scenario.at.map { plan.steps(named: $0).map(\.id) } ?? []
        self.init(
            name: result.scenario.name, line: result.scenario.line, expected: result.scenario.expect,
            expectedAt: result.scenario.at, outcome: result.outcome,
            at: result.decided.first(where: wanted.contains) ?? result.decided.first, reason: result.reason,
            problems: result.problems,
            story: result.story.map { StoryMoment(at: $0.at, who: $0.who, what: $0.what) })
    }
}

extension TestReport.Coverage {
    fileprivate init(_ coverage: ScenarioCoverage) {
        self.init(
            steps: .init(reached: coverage.stepsReached.count, of: coverage.steps.count),
            gates: .init(
                reached: coverage.gatesReached.count, refused: coverage.gatesRefused.count, of: coverage.gates.count),
            branches: ScenarioCoverage.Branch.allCases.filter(coverage.branches.contains).map(\.rawValue),
            missing: coverage.gaps.compactMap { gap in
                TestReport.Gap.Kind(rawValue: gap.kind.rawValue).map { TestReport.Gap($0, gap.name) }
            })
    }
}
