internal import BatonCore

/// All about one step: why, who, what changes, the commands, what one should see, and what to do when it is otherwise.
struct StepSection {
    let runbook: Runbook
    let step: Runbook.Step
    private var plan: PlanStep { step.step }
    private var scope: Scope { runbook.scope }

    /// What a block of commands is for. Stands behind the language of its fence.
    private enum Purpose: String {
        /// Changes something.
        case act = "sh do"
        /// Asks once.
        case check = "sh check"
        /// Asks until the answer is right or the time is over.
        case wait = "sh await"
        case undo = "sh undo"
    }

    init(runbook: Runbook, step: Runbook.Step) {
        self.runbook = runbook
        self.step = step
    }

    func add(to page: inout MarkdownPage) {
        // The number alone: a heading of the author's words has no anchor that one could foresee.
        page.heading(4, "Step \(step.number)")
        let targets = step.targets.isEmpty ? "nobody" : step.targets.map(\.name).joined(separator: ", ")
        let roles = plan.on.map(\.rawValue).joined(separator: ", ")
        page.paragraph(
            "- [ ] **\(plan.title)** (\(code: plan.kind.name) on \(roles): \(targets); step \(code: plan.id.rawValue))")
        var facts: [MarkdownText] = []
        if let why = plan.why { facts.append("**Why:** \(why)") }
        if let action = plan.impliedBy { facts.append("**Why:** \(code: action.rawValue) needs it.") }
        facts.append("**Owner:** \(plan.owner ?? "whoever holds this page")")
        facts.append("**Time:** at most \(Runbook.plain(plan.deadline))")
        if plan.isBestEffort { facts.append("**Best effort:** when it fails, go on without it.") }
        let others = step.together.filter { $0 != step.number }
        if !others.isEmpty, plan.phase != .preflight {
            facts.append(
                "**Together with** step \(MarkdownText.joined(others.map { "[\($0)](#step-\($0))" })): Baton does them at the "
                    + "same time.")
        }
        for argument in plan.arguments.sorted {
            facts.append("**Setting** \(argument.name): \(Runbook.plain(argument.value.description))")
        }
        page.list(facts)
        switch plan.kind {
        case .gate(let id): if let gate = runbook.catalogue.gate(id) { add(gate, to: &page) }
        case .act(let id): if let action = runbook.catalogue.action(id) { add(action, to: &page) }
        }
        if let words = plan.byHand {
            page.paragraph("In the words of the playbook's author:")
            page.fence("text", words.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
    }

    private func add(_ gate: GateDefinition, to page: inout MarkdownPage) {
        if plan.title != gate.summary { page.paragraph("**What must be:** \(gate.summary)") }
        if step.targets.isEmpty { page.paragraph("Nothing to do: the topology has none.") }
        var otherwise: [MarkdownText] = []
        for target in step.targets {
            let check = gate.byHand(plan.arguments, target, scope)
            add(check.commands, plan.isAwaited ? .wait : .check, to: &page)
            if check.commands.isEmpty { page.paragraph("For \(target.name) there is nothing to type.") }
            otherwise.append("\(check.otherwise)")
        }
        let first = otherwise.first ?? ""
        let isSame = otherwise.allSatisfy { $0 == first }
        let remedies = isSame ? [first] : otherwise
        page.list(
            remedies.filter { !$0.markdown.isEmpty }.map { "**Otherwise:** \($0)" }
                + ["**Source of the rule:** \(gate.source)"])
    }

    private func add(_ action: ActionDefinition, to page: inout MarkdownPage) {
        let calls = runbook.calls(of: step)
        if calls.isEmpty { page.paragraph("Nothing to do: the topology has none.") }
        page.list(
            step.report.changes.map { change in
                "**Changes** \(change.target) \(change.fact): \(change.from ?? "not known") to \(change.to)"
            })
        addConditions(of: action, calls, to: &page)
        for call in calls {
            add(action.byHand(call, scope), .act, to: &page)
            add(runbook.catalogue.look(action.changes(call, scope), scope), .wait, to: &page)
        }
        addUndo(of: action, calls, to: &page)
        let owed = calls.flatMap { action.obligations($0, scope) }.map {
            "**Owed from now on:** \($0.owed)" as MarkdownText
        }
        var seen: Set<Trouble> = []
        let troubles = calls.flatMap { action.troubles($0, scope) }.filter { seen.insert($0).inserted }
        page.list(owed + troubles.map { "**If:** \($0.sign) **Then:** \($0.remedy)" })
    }

    private func addConditions(of action: ActionDefinition, _ calls: [Call], to page: inout MarkdownPage) {
        var conditions: [Condition] = []
        for condition in calls.flatMap({ action.requires($0, scope, runbook.plan.mode) })
        where !conditions.contains(condition) {
            conditions.append(condition)
        }
        page.list(conditions.map { "**Only if** \($0.key.description) is \($0.value.description): \($0.why)" })
        // The others were seen by an earlier step; these are looked at again, however recent that is.
        let fresh = conditions.filter(\.needsEvidence).map { Change($0.key, $0.value) }
        add(runbook.catalogue.look(fresh, scope), .check, to: &page)
    }

    private func addUndo(of action: ActionDefinition, _ calls: [Call], to page: inout MarkdownPage) {
        guard let first = calls.first else { return }
        switch action.undo(first, scope) {
        case .nothing where plan.phase > .promote:
            page.paragraph("**To take it back:** not any more; after the point of no return one only goes forward.")
        case .nothing: page.paragraph("**To take it back:** nothing is needed.")
        case .irreversible(let why): page.paragraph("**This is the point of no return.** \(why)")
        case .call(let undo):
            let definition = runbook.catalogue.action(undo.action)
            page.paragraph(
                "**To take it back** before the point of no return (\(code: undo.action.rawValue)): "
                    + "\(definition?.summary ?? "")")
            for call in calls {
                guard case .call(let undo) = action.undo(call, scope), let definition else { continue }
                let conditions = definition.requires(undo, scope, runbook.plan.mode)
                page.list(
                    conditions.map {
                        "**Not if** \($0.key.description) is anything but \($0.value.description): \($0.why)"
                    })
                add(definition.byHand(undo, scope), .undo, to: &page)
                add(runbook.catalogue.look(definition.changes(undo, scope), scope), .undo, to: &page)
            }
        }
    }

    private func add(_ commands: [ByHandCommand], _ purpose: Purpose, to page: inout MarkdownPage) {
        for command in commands {
            let wait: MarkdownText =
                purpose == .wait ? ", again until it says so, at most \(Runbook.plain(plan.deadline))" : ""
            page.paragraph("\(verb(purpose)) at \(command.place)\(wait):")
            page.fence(purpose.rawValue, [runbook.renderer.line(command.line)])
            let expect = Runbook.plain(command.expect)
            switch command.output {
            case nil: page.paragraph("You should see: \(expect).")
            case "": page.paragraph("You should see nothing: \(expect).")
            case let output?: page.paragraph("You should see \(code: output): \(expect).")
            }
        }
    }

    private func verb(_ purpose: Purpose) -> MarkdownText {
        switch purpose {
        case .act: "**Do**"
        case .check, .wait: "**Check**"
        case .undo: "**Undo**"
        }
    }
}
