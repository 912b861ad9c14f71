import BatonCore

/// The page of one action.
struct ActionPage {
    let definition: ActionDefinition
    let content: ReferenceContent

    private var scope: Scope { ReferenceExample.scope }

    /// The action at work on the example.
    private var call: Call? { target(of: definition).map { Call(definition.id, on: $0) } }

    /// On whom the action is shown: what is the undo of another one on the other's target, everything else where it
    /// changes most of a healthy cluster and finds itself most at home.
    private func target(of definition: ActionDefinition) -> Target? {
        for other in content.catalogue.actions where other.id != definition.id {
            guard let target = busiest(other), case .call(let undo) = other.undo(Call(other.id, on: target), scope),
                undo.action == definition.id
            else { continue }
            return undo.on
        }
        return busiest(definition)
    }

    private func busiest(_ definition: ActionDefinition) -> Target? {
        let world = AssumedWorld(scope).world
        let targets = scope.targets(of: [.new, .old, .others, .poolers, .routes]).filter { $0.kind == definition.kind }
        var best: (target: Target, score: Int)?
        for target in targets {
            let call = Call(definition.id, on: target)
            let changes = definition.changes(call, scope)
            // Nobody follows itself: such a target is not meant.
            guard !changes.contains(where: { $0.value == .name(target.name) }) else { continue }
            let strange = definition.requires(call, scope, .planned).count {
                $0.key.target == target && world.value($0.key) != $0.value
            }
            let score = changes.count { world.value($0.key) != $0.value } - strange
            if best.map({ score > $0.score }) ?? true { best = (target, score) }
        }
        return best?.target
    }

    var text: String {
        var page = Markdown(definition.id.rawValue)
        page.paragraph(definition.summary)
        page.table(["", ""], facts)
        page.heading("Parameters")
        if definition.declarations.isEmpty {
            page.paragraph("It takes none.")
        } else {
            page.parameters(definition.declarations)
        }
        guard let call else { return page.text }
        requirements(of: call, &page)
        page.heading("What it changes")
        let changes = definition.changes(call, scope)
        if changes.isEmpty {
            page.paragraph("No fact that Baton keeps.")
        } else {
            page.paragraph("In this order; a crash may leave any first part of it. Shown on `\(call.on)`.")
            page.numbered(changes.map { "`\($0.key)` becomes `\($0.value)`" })
        }
        undo(of: call, &page)
        let owed = definition.obligations(call, scope)
        if !owed.isEmpty {
            page.heading("What it leaves owed")
            page.list(
                owed.map { terms in
                    "\(terms.owed). Settled by `\(terms.release.action)` on `\(terms.release.on)`, or once "
                        + terms.discharged.map { "`\($0.key)` is `\($0.value)`" }.joined(separator: ", or ") + "."
                })
        }
        byHand(of: call, &page)
        return page.text
    }

    private var facts: [[String]] {
        let roles = Role.allCases.filter { $0.kind == definition.kind }.map(\.rawValue)
        let isFinal = call.map { definition.isPointOfNoReturn($0, in: scope) } ?? false
        let phases =
            isFinal ? "`promote` only: it cannot be undone" : "every phase but `preflight` and `verify`"
        var rows = [
            ["written", "`do: \(definition.id)`"],
            ["concerns", "a \(definition.kind.rawValue): \(Markdown.alternatives(roles))"],
            ["phases", phases],
            ["deadline", "`\(Units.written(definition.defaultDeadline))` unless the step says another"],
        ]
        if !definition.gates.isEmpty {
            let gates = definition.gates.map {
                Markdown.link("../Gates/\($0.gate).md", $0.gate.rawValue)
                    + " on \(Markdown.alternatives($0.on.map(\.rawValue), "and"))"
            }
            rows.append(["judged in preflight, listed or not", gates.joined(separator: "; ")])
        }
        return rows
    }

    private func requirements(of call: Call, _ page: inout Markdown) {
        let planned = definition.requires(call, scope, .planned)
        let emergency = definition.requires(call, scope, .emergency)
        page.heading("What must hold before")
        guard !planned.isEmpty || !emergency.isEmpty else {
            page.paragraph("Nothing.")
            return
        }
        let all = planned + emergency.filter { !planned.contains($0) }
        page.table(
            ["fact", "is", "seen", "in", "why"],
            all.map { condition in
                let both = planned.contains(condition) && emergency.contains(condition)
                let modes = both ? "both modes" : planned.contains(condition) ? "`planned`" : "`emergency`"
                return [
                    "`\(condition.key)`", "`\(condition.value)`\(condition.mayBeUnknown ? ", or not known" : "")",
                    condition.needsEvidence ? "right before" : "", modes, condition.why,
                ]
            })
    }

    private func undo(of call: Call, _ page: inout Markdown) {
        page.heading("How it is undone")
        switch definition.undo(call, scope) {
        case .call(let undo):
            page.paragraph(
                "By " + Markdown.link("\(undo.action).md", undo.action.rawValue)
                    + ", before the point of no return, in reverse order.")
        case .nothing: page.paragraph("There is nothing to undo.")
        case .irreversible(let why): page.paragraph("It cannot be undone: \(why)")
        }
    }

    private func byHand(of call: Call, _ page: inout Markdown) {
        let commands = definition.byHand(call, scope)
        guard !commands.isEmpty else { return }
        page.heading("By hand")
        for command in commands {
            page.paragraph("At \(command.place):")
            page.code(ByHandRenderer.line(command), language: "sh")
            page.paragraph("Expect: \(Markdown.code(command.expect))")
        }
    }
}

extension Markdown {
    /// What a step's `with` or `limit` may say.
    mutating func parameters(_ declarations: [ParameterDeclaration]) {
        table(
            ["name", "value", "default", "meaning"],
            declarations.map { declaration in
                [
                    "`\(declaration.name)`", declaration.kind.form.words,
                    "`\(Units.written(declaration.defaultValue))`",
                    declaration.summary,
                ]
            })
    }
}
