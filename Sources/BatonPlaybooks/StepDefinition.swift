import BatonCore

/// What the loader needs to know of an action or a gate.
struct StepDefinition {
    var kind: StepKind
    var target: TargetKind
    var declarations: [ParameterDeclaration]

    /// Nil when the catalogue has none of this name.
    init?(_ kind: StepKind, _ catalogue: Catalogue) {
        self.kind = kind
        switch kind {
        case .act(let id):
            guard let action = catalogue.action(id) else { return nil }
            (target, declarations) = (action.kind, action.declarations)
        case .gate(let id):
            guard let gate = catalogue.gate(id) else { return nil }
            (target, declarations) = (gate.kind, gate.declarations)
        }
    }

    /// "The gate `postgres.replay-lag`".
    var subject: String { "The \(kind.isGate ? "gate" : "action") `\(kind.name)`" }
}

/// A role and where it stands.
struct PlacedRole {
    var role: Role
    var position: Position
}

extension StepForm {
    /// What the step does, when the catalogue knows it.
    func readKind(_ fields: Fields) -> StepKind? {
        switch (fields["do"], fields["gate"]) {
        case (.some, .some(let gate)):
            complaints.error(
                .doAndGate, at: gate.position,
                "A step either does something or asks something; this one has `do` and `gate`.",
                remedy: "Make two steps of it.")
            return nil
        case (nil, nil):
            guard !fields.mentions("do", "gate") else { return nil }
            complaints.error(
                .noDoOrGate, at: fields.position, "This step neither does nor asks anything.",
                remedy: "Add `do:` with an action or `gate:` with a gate.")
            return nil
        case (.some(let value), nil):
            return complaints.text(value, "The action's name").flatMap { action($0, at: value.position) }
        case (nil, .some(let value)):
            return complaints.text(value, "The gate's name").flatMap { gate($0, at: value.position) }
        }
    }

    private func action(_ name: String, at position: Position) -> StepKind? {
        let id = ActionID(name)
        if let action = catalogue.action(id) {
            if Mode.ofPlaybooks.contains(where: action.modes.contains) { return .act(id) }
            complaints.error(
                .unknownAction, at: position, "`\(name)` stands in no playbook: only `baton rejoin` does it.",
                remedy: "Remove the step, and use baton rejoin NODE.")
        } else if catalogue.gate(GateID(name)) != nil {
            complaints.error(
                .gateAsAction, at: position, "`\(name)` is a gate: it asks and changes nothing.",
                remedy: "Write `gate: \(name)`.")
        } else {
            complain(of: name, "action", "do", .unknownAction, at: position)
        }
        return nil
    }

    private func gate(_ name: String, at position: Position) -> StepKind? {
        let id = GateID(name)
        if catalogue.gate(id) != nil { return .gate(id) }
        if catalogue.action(ActionID(name)) != nil {
            complaints.error(
                .actionAsGate, at: position, "`\(name)` is an action: it changes something.",
                remedy: "Write `do: \(name)`.")
        } else {
            complain(of: name, "gate", "gate", .unknownGate, at: position)
        }
        return nil
    }

    private func complain(of name: String, _ noun: String, _ key: String, _ code: ComplaintCode, at position: Position)
    {
        let actions = catalogue.actions.map(\.id.rawValue)
        let gates = catalogue.gates.map(\.id.rawValue)
        let remedy: String
        if let meant = nearest(name, among: code == .unknownAction ? actions : gates) {
            remedy = "Did you mean `\(key): \(meant)`?"
        } else if let meant = nearest(name, among: code == .unknownAction ? gates : actions) {
            remedy = "Did you mean `\(code == .unknownAction ? "gate" : "do"): \(meant)`?"
        } else {
            remedy = "Use one of \(alternatives(code == .unknownAction ? actions : gates))."
        }
        complaints.error(code, at: position, "Baton knows no \(noun) \(shown(name)).", remedy: remedy)
    }

    /// A role, or a list of different ones. Nil after a complaint.
    func readRoles(_ value: YAMLValue) -> [PlacedRole]? {
        let values: [YAMLValue]
        if case .sequence(let list) = value.content { values = list } else { values = [value] }
        if values.isEmpty {
            complaints.error(
                .emptyValue, at: value.position, "`on` names no role, so the step would do nothing and look done.",
                remedy: "Write a role, such as `on: new`, or remove the step.")
            return nil
        }
        var seen: Set<Role> = []
        var roles: [PlacedRole] = []
        for value in values {
            guard let role = complaints.word(value, "A role", code: .unknownRole, Role.self) else { continue }
            if !seen.insert(role).inserted {
                complaints.error(
                    .duplicateRole, at: value.position, "The role `\(role.rawValue)` stands twice in `on`.",
                    remedy: "Keep one of them.")
            }
            roles.append(PlacedRole(role: role, position: value.position))
        }
        return roles
    }

    func check(_ roles: [PlacedRole], for definition: StepDefinition) {
        let fitting = Role.allCases.filter { $0.kind == definition.target }.map(\.rawValue)
        for placed in roles where placed.role.kind != definition.target {
            complaints.error(
                .wrongRole, at: placed.position,
                "\(definition.subject) concerns a \(definition.target.rawValue), and `\(placed.role.rawValue)` is a "
                    + "\(placed.role.kind.rawValue).",
                remedy: "Write `on:` with \(alternatives(fitting)).")
        }
    }
}

/// Reads `with:` and `limit:` by the definition's declarations.
struct ArgumentForm {
    let complaints: Complaints
    let definition: StepDefinition

    func read(_ fields: Fields) -> Arguments {
        let (right, wrong) = definition.kind.isGate ? ("limit", "with") : ("with", "limit")
        if let entry = fields.entries[wrong] {
            complaints.error(
                .wrongParameterKey, at: entry.position,
                "`\(wrong)` belongs to \(definition.kind.isGate ? "actions" : "gates"); `\(definition.kind.name)` is "
                    + "\(definition.kind.isGate ? "a gate" : "an action").",
                remedy: "Write `\(right)`.")
        }
        var arguments = Arguments()
        if let value = fields[right] ?? fields[wrong] {
            for entry in entries(value, right) {
                if let argument = argument(entry) { arguments[entry.key] = argument }
            }
        }
        return arguments.completed(by: definition.declarations)
    }

    private func entries(_ value: YAMLValue, _ key: String) -> [YAMLEntry] {
        if case .mapping(let entries) = value.content { return entries }
        let example = definition.declarations.first.map { "`\(key): { \($0.name): … }`" } ?? "no `\(key)`"
        complaints.error(
            .wrongType, at: value.position, "`\(key)` is a mapping of names to values; this is \(value.kind).",
            remedy: "Write \(example).")
        return []
    }

    private func argument(_ entry: YAMLEntry) -> ArgumentValue? {
        guard let declaration = definition.declarations.first(where: { $0.name == entry.key }) else {
            let names = definition.declarations.map(\.name)
            let all = names.isEmpty ? "It takes none." : "It takes \(alternatives(names))."
            complaints.error(
                .unknownParameter, at: entry.position, "\(definition.subject) has no parameter \(shown(entry.key)).",
                remedy: nearest(entry.key, among: names).map { "Did you mean `\($0)`?" } ?? all)
            return nil
        }
        let what = "`\(declaration.name)` of `\(definition.kind.name)`"
        return complaints.argument(entry.value, what, declaration.kind)
    }
}
