internal import BatonCore

extension Runbook {
    /// The page for somebody who was woken: what to do, in order, and nothing else.
    func addThreeAM(to page: inout MarkdownPage) {
        let (old, new) = (scope.binding.old, scope.binding.new)
        page.heading(2, "At 3 a.m.")
        page.paragraph(
            """
            **\(old)** at \(fromSite) hands over to **\(new)** at \(plan.toSite). \(onlyIf) Stop at the first answer that is \
            not what it should be.
            """)
        page.paragraph("Where Baton works, it does all of this and proves it:")
        let pair = "PLAYBOOK -t TOPOLOGY --to \(ByHandRenderer.quoted(plan.toSite))"
        let run = plan.mode == .planned ? "baton switchover \(pair)" : "baton promote \(pair) --reason WHY"
        page.fence("sh", ["baton preflight \(pair)", run])
        page.paragraph("Where it does not, by hand; first read [Before you type](#before-you-type):")
        let checks = steps.filter { $0.step.phase == .preflight }
        if let first = checks.first, let last = checks.last {
            page.paragraph(
                """
                - [ ] [Steps \(first.number) to \(last.number)](#step-\(first.number)): every check passes. Nothing is \
                changed by them.
                """)
        }
        for step in steps where step.step.phase != .preflight && !step.targets.isEmpty { addShort(step, to: &page) }
    }

    private var onlyIf: MarkdownText {
        switch plan.mode {
        case .planned: "Only while both answer and \(scope.binding.old) is healthy."
        case .emergency: "Only when \(scope.binding.old) is lost."
        case .rejoin: "Only when \(scope.binding.new) serves and \(scope.binding.old) does not."
        }
    }

    private func addShort(_ step: Step, to page: inout MarkdownPage) {
        let targets = MarkdownText.joined(step.targets.map { "\($0.name)" })
        var line: MarkdownText =
            "- [ ] [Step \(step.number)](#step-\(step.number)) \(step.step.title) *\(targets)*"
        if isPointOfNoReturn(step) { line = "\(line) **Point of no return.**" }
        if let first = firstFreeze, first == step.number {
            line = "\(line) **From here clients wait: at most \(Self.plain(plan.limits.freeze)).**"
        }
        let commands: [ByHandCommand]
        switch step.step.kind {
        case .act: commands = calls(of: step).flatMap { catalogue.action($0.action)?.byHand($0, scope) ?? [] }
        case .gate(let gate):
            commands = step.targets.flatMap {
                catalogue.gate(gate)?.byHand(step.step.arguments, $0, scope).commands ?? []
            }
        }
        page.paragraph(line)
        if isPointOfNoReturn(step) {
            let undone = steps.filter { $0.number < step.number && $0.report.undo?.kind == .call }.reversed()
            if !undone.isEmpty {
                let links = undone.map { "[step \($0.number)](#step-\($0.number))" as MarkdownText }
                page.paragraph(
                    "Until here everything can be taken back: type the **Undo** of \(MarkdownText.joined(links)), in this order."
                )
            }
            let conditions = calls(of: step).flatMap { call in
                catalogue.action(call.action)?.requires(call, scope, plan.mode) ?? []
            }
            page.list(conditions.map { "Only if \($0.key.description) is \($0.value.description): \($0.why)" })
        }
        // Another kind of block than the steps' own, so that nobody who collects those has them twice.
        if !commands.isEmpty { page.fence("shell", commands.map { renderer.line($0.line) }) }
        if step.step.kind.isGate {
            let wanted = commands.compactMap {
                $0.output.map { "\(code: $0.isEmpty ? "nothing" : $0)" as MarkdownText }
            }
            if !wanted.isEmpty { page.paragraph("Must say: \(MarkdownText.joined(wanted)).") }
        }
    }

    private var firstFreeze: Int? { steps.first { $0.step.phase == .freeze && !$0.step.kind.isGate }?.number }
}
