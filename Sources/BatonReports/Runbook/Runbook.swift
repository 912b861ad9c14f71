package import BatonCore

/// What a person follows when Baton is gone: the plan that Baton runs, with the exact commands to do it by hand. The same plan
/// gives the same bytes.
package struct Runbook: Sendable {
    let plan: Plan
    let catalogue: Catalogue
    let scope: Scope
    let renderer: ByHandRenderer
    /// Where the topology's relative paths begin; nil where every path is shown as it is.
    let directory: ByHandRenderer.Directory?
    let steps: [Step]

    /// A step of the plan, with its number on the page and what it changes on the assumed world.
    struct Step: Sendable {
        var number: Int
        var step: PlanStep
        var report: PlanReport.Step
        var targets: [Target]
        /// Numbers of the steps that run at the same time.
        var together: [Int]
    }

    /// - Parameter directory: the directory whose paths stand as a variable, so that a page is the same on every machine.
    package init(plan: Plan, catalogue: Catalogue, directory: ByHandRenderer.Directory? = nil) {
        self.plan = plan
        self.catalogue = catalogue
        self.directory = directory
        let scope = plan.scope(plan.assumedBinding)
        self.scope = scope
        renderer = ByHandRenderer(directory: directory)
        let reports = PlanReport(plan: plan, catalogue: catalogue).phases.flatMap { $0.groups.flatMap(\.self) }
        var steps: [Step] = []
        for group in plan.groups {
            let numbers = Array(steps.count + 1..<steps.count + 1 + group.steps.count)
            for step in group.steps {
                guard let report = reports.first(where: { $0.id == step.id }) else { continue }
                steps.append(
                    Step(
                        number: steps.count + 1, step: step, report: report, targets: scope.targets(of: step.on),
                        together: numbers))
            }
        }
        self.steps = steps
    }

    /// Stands on every page and nowhere else.
    package static let mark = "Written by `baton docs` from the plan that Baton runs; do not edit."

    /// The page's name among others: one for each playbook and site.
    package var fileName: String { "\(plan.playbook.name)-to-\(plan.toSite).md" }

    /// `Planned switchover to another site: west to east`.
    var title: MarkdownText { "\(plan.title): \(fromSite) to \(plan.toSite)" }

    var fromSite: String { plan.topology.node(scope.binding.old)?.site ?? "?" }

    /// The page as Markdown.
    package func page() -> String {
        var page = MarkdownPage()
        addHeader(to: &page)
        addThreeAM(to: &page)
        addUse(to: &page)
        addRoles(to: &page)
        addObjectives(to: &page)
        addDiagram(to: &page)
        addPreparation(to: &page)
        page.heading(2, "Every step")
        var phase: Phase?
        for step in steps {
            if step.step.phase != phase {
                phase = step.step.phase
                page.heading(3, "Phase: \(step.step.phase.rawValue)")
            }
            StepSection(runbook: self, step: step).add(to: &page)
        }
        return page.text
    }

    /// A limit as people write it: whole seconds without their decimals.
    static func plain(_ span: TimeSpan) -> String { plain(span.description) }
    static func plain(_ text: String) -> String { text.replacing(".00 s", with: " s") }

    func calls(of step: Step) -> [Call] {
        guard case .act(let action) = step.step.kind else { return [] }
        return step.targets.map { Call(action, on: $0, step.step.arguments) }
    }

    func isPointOfNoReturn(_ step: Step) -> Bool { step.report.undo?.kind == .irreversible }
}
