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
        document.prose("Who is old and who is new is assumed here; a run asks the nodes.", .faint)
        document.prose(bounds, .faint)
        document.blank()
        document.add(shapes().lines())
        for phase in phases {
            document.blank()
            document.add(phase.name.rawValue, .strong)
            for group in phase.groups {
                let isTogether = group.count > 1 && phase.name != .preflight
                if isTogether { document.add("  at the same time:", .faint) }
                for step in group { add(step, indent: isTogether ? "    " : "  ", to: &document) }
            }
        }
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

    private func add(_ step: Step, indent: String, to document: inout TextDocument) {
        let roles = step.on.map(\.rawValue).joined(separator: ", ")
        let targets = step.targets.isEmpty ? "" : " (\(step.targets.joined(separator: ", ")))"
        let name = step.do?.rawValue ?? step.gate?.rawValue ?? ""
        let sign = step.gate == nil ? "do   " : "gate "
        let wait = step.awaited ? "until it passes, at most" : "at most"
        document.prose(
            "\(name) on \(roles)\(targets), \(wait) \(time(step.deadlineMs))", first: Span(indent + sign, .faint))
        let inner = Span(indent + "     ")
        if step.title != name { document.prose(step.title, first: inner) }
        if let why = step.why { document.prose(why, first: inner) }
        if let action = step.impliedBy { document.prose("asked because of \(action)", first: inner, .faint) }
        if !step.arguments.isEmpty {
            let arguments = step.arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            document.prose(arguments.joined(separator: ", "), first: inner, .faint)
        }
        for change in step.changes {
            document.prose(
                "\(change.target) \(change.fact): \(change.from ?? "not known") -> \(change.to)", first: inner)
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
