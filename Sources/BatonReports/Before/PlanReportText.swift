internal import BatonCore

extension PlanReport {
    /// The plan for people: what happens, in order, what each step changes and what takes it back.
    package func document() -> TextDocument {
        var document = TextDocument()
        document.prose(title, .strong)
        document.prose(why)
        document.prose(
            "\(playbook.name) on \(topology.name) · \(mode.rawValue) · "
                + "\(from ?? "?") (\(fromNode)) -> \(to) (\(toNode))", .faint)
        document.prose(
            observed
                ? "Everything is as the servers answered just now."
                : "Who is old and who is new is assumed here; a run asks the nodes.", .faint)
        document.prose(bounds, .faint)
        document.blank()
        document.add(shapes().lines())
        for phase in phases {
            document.blank()
            document.add(phase.name.rawValue, .strong)
            for group in phase.groups {
                let isTogether = group.count > 1 && phase.name != .preflight
                if isTogether { document.add("  at the same time:", .faint) }
                for step in group {
                    if phase.name == .preflight {
                        addQuestion(step, to: &document)
                    } else {
                        add(step, indent: isTogether ? "    " : "  ", to: &document)
                    }
                }
            }
        }
        document.blank()
        document.prose(summary.text, .strong)
        return document
    }

    private func time(_ milliseconds: Double) -> String {
        TimeSpan(reportedMilliseconds: milliseconds).description
    }

    private var bounds: String {
        var parts: [String] = []
        if let pause = objectives.writePauseMs { parts.append("write pause \(time(pause))") }
        if let recovery = objectives.recoveryTimeMs { parts.append("recovery time \(time(recovery))") }
        if let point = objectives.recoveryPointBytes { parts.append("recovery point \(ByteCount(point))") }
        let wanted = parts.isEmpty ? "no objectives" : "objectives: \(parts.joined(separator: ", "))"
        return wanted + " · freeze at most \(time(limits.freezeMs)), \(time(limits.undoReserveMs)) of it for the undo"
    }

    private func shapes() -> TextTable {
        var table = TextTable([.left, .left, .left, .left])
        table.head("", "site", "before", "after")
        func words(_ node: ShapedNode) -> String { node.role + (node.follows.map { " of \($0)" } ?? "") }
        func words(_ pooler: ShapedPooler) -> String {
            "leads to \(pooler.leadsTo)" + (pooler.paused ? ", paused" : "")
        }
        for (old, new) in zip(before.nodes, after.nodes) {
            table.add(Span(old.name), Span(old.site), Span(words(old)), Span(words(new)))
        }
        for (old, new) in zip(before.poolers, after.poolers) {
            table.add(Span(old.name), Span(old.site), Span(words(old)), Span(words(new)))
        }
        return table
    }

    /// A gate of preflight in one line: it changes nothing.
    private func addQuestion(_ step: Step, to document: inout TextDocument) {
        let because = step.impliedBy.map { ", because of \($0)" } ?? ""
        document.prose("\(name(of: step))\(because)", first: Span("  gate ", .faint))
    }

    private func name(of step: Step) -> String {
        let roles = step.on.map(\.rawValue).joined(separator: ", ")
        let targets = step.targets.isEmpty ? " (nobody here)" : " (\(step.targets.joined(separator: ", ")))"
        return "\(step.do?.rawValue ?? step.gate?.rawValue ?? "") on \(roles)\(targets)"
    }

    private func add(_ step: Step, indent: String, to document: inout TextDocument) {
        let sign = step.gate == nil ? "do   " : "gate "
        let wait = step.awaited ? "until it passes, at most" : "at most"
        document.prose(
            "\(name(of: step)), \(wait) \(time(step.deadlineMs))", first: Span(indent + sign, .faint))
        let inner = Span(indent + "     ")
        document.prose(step.title, first: inner)
        if let why = step.why { document.prose(why, first: inner) }
        if !step.arguments.isEmpty {
            let arguments = step.arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            document.prose(arguments.joined(separator: ", "), first: inner, .faint)
        }
        for change in step.changes {
            let (mark, tone) = change.sign
            document.prose(change.text, first: Span(indent + "   " + mark + " ", tone), tone)
        }
        switch step.undo?.kind {
        case .irreversible:
            document.prose("point of no return: \(step.undo?.text ?? "")", first: inner, .warning)
        case .call: document.prose("undo: \(step.undo?.text ?? "")", first: inner, .faint)
        case .nothing: document.prose("undo: not needed", first: inner, .faint)
        case nil: break
        }
        if let owner = step.owner { document.prose("owner: \(owner)", first: inner, .faint) }
    }
}

extension PlanReport.StepChange {
    /// As those know it who know Terraform: made, changed, removed.
    var sign: (mark: String, tone: Tone) {
        switch sort {
        case .add: ("+", .good)
        case .change: ("~", .warning)
        case .remove: ("-", .bad)
        case .keep: ("=", .faint)
        }
    }

    /// `pooler pool leads-to: west-db → east-db`.
    var text: String {
        let name = "\(kind.rawValue) \(target) \(fact)"
        switch sort {
        case .add, .remove: return name
        case .change: return "\(name): \(from ?? "not known") → \(to)"
        case .keep: return "\(name): \(to) already"
        }
    }
}

extension PlanReport.Summary {
    /// The line that a plan ends with.
    var text: String {
        func counted(_ count: Int, _ one: String) -> String { "\(count) \(one)\(count == 1 ? "" : "s")" }
        return "Plan: \(counted(changes, "change")) in \(counted(steps, "step")): \(undoable) can be undone, "
            + "\(withoutUndo) \(withoutUndo == 1 ? "needs" : "need") no undo, \(irreversible) cannot be undone."
    }
}
