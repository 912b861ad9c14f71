import BatonCore

/// Reads one entry of a scenario's `given`, by the fault's declaration.
struct FaultForm {
    let complaints: Complaints
    let faults: [FaultDeclaration]
    private(set) var mentions: [ScenarioMention] = []

    init(complaints: Complaints, faults: [FaultDeclaration]) {
        self.complaints = complaints
        self.faults = faults
    }

    mutating func read(_ value: YAMLValue) -> GivenFault? {
        guard let fields = Fields(value, ScenarioKeys.fault, complaints) else { return nil }
        let moment = readMoment(fields)
        let declaration = fields["fault"].flatMap { readFault($0) }
        guard let declaration else { return nil }
        if declaration.isInitial, let entry = written(fields).first {
            complaints.error(
                .unknownKey, at: entry.position,
                "The fault `\(declaration.id)` is there from the beginning or not at all.",
                remedy: "Remove `\(entry.key)`.")
        }
        let target = readTarget(fields, declaration)
        let argument = readValue(fields, declaration)
        return GivenFault(
            fault: declaration.id, on: target, value: argument, moment: moment ?? .start, line: fields.position.line)
    }

    private func readFault(_ value: YAMLValue) -> FaultDeclaration? {
        guard let name = complaints.text(value, "The fault's name") else { return nil }
        let known = faults.map(\.id.rawValue)
        if let declaration = faults.first(where: { $0.id == FaultID(name) }) { return declaration }
        complaints.error(
            .unknownFault, at: value.position, "Baton's simulator knows no fault \(shown(name)).",
            remedy: nearest(name, among: known).map { "Did you mean `\($0)`?" } ?? "Use one of \(alternatives(known)).")
        return nil
    }

    // MARK: On whom

    private mutating func readTarget(_ fields: Fields, _ declaration: FaultDeclaration) -> String? {
        let fault = "The fault `\(declaration.id)`"
        guard let target = declaration.kind.target else {
            return declaration.kind == .run ? refuseTarget(fields, fault) : readStep(fields, fault)
        }
        let roles = Role.allCases.filter { $0.kind == target }.map(\.rawValue)
        if fields["on"] == nil { fields.complainOfMissing("on", example: roles.first) }
        guard let value = fields["on"],
            let name = complaints.name(value, "`on` of `\(declaration.id)`")
        else { return nil }
        if let role = Role(rawValue: name) {
            guard role.kind == target else {
                complaints.error(
                    .wrongRole, at: value.position,
                    "\(fault) concerns a \(target.rawValue), and `\(name)` is a \(role.kind.rawValue).",
                    remedy: "Write `on:` with \(alternatives(roles)), or a \(target.rawValue)'s name.")
                return nil
            }
            mentions.append(ScenarioMention(.role(role), value.position))
        } else {
            mentions.append(ScenarioMention(.target(Target(target, name)), value.position))
        }
        return name
    }

    private func refuseTarget(_ fields: Fields, _ fault: String) -> String? {
        if let entry = fields.entries["on"] {
            complaints.error(
                .unknownKey, at: entry.position, "\(fault) concerns the whole run, so it takes no `on`.",
                remedy: "Remove `on`.")
        }
        return nil
    }

    private mutating func readStep(_ fields: Fields, _ fault: String) -> String? {
        if fields["on"] == nil { fields.complainOfMissing("on", example: "postgres.promote") }
        guard let value = fields["on"], let name = step(value, "`on`") else { return nil }
        if Role(rawValue: name) != nil {
            complaints.error(
                .wrongRole, at: value.position, "\(fault) concerns a step, and `\(name)` is a role.",
                remedy: "Write `on:` with a step's id, or with the name of its action or gate.")
            return nil
        }
        mentions.append(ScenarioMention(.step(name), value.position))
        return name
    }

    // MARK: How much and when

    private func readValue(_ fields: Fields, _ declaration: FaultDeclaration) -> ArgumentValue? {
        switch (declaration.value, fields.entries["with"]) {
        case (nil, nil): return nil
        case (nil, let entry?):
            complaints.error(
                .unknownKey, at: entry.position, "The fault `\(declaration.id)` takes no value.",
                remedy: "Remove `with`.")
            return nil
        case (let value?, let entry?):
            return complaints.argument(entry.value, "`with` of `\(declaration.id)`", value.kind)
        case (let value?, nil):
            if value.defaultValue == nil { fields.complainOfMissing("with", example: value.kind.example) }
            return value.defaultValue
        }
    }

    private mutating func readMoment(_ fields: Fields) -> Moment? {
        let written = written(fields)
        if written.count > 1 {
            complaints.error(
                .severalMoments, at: written[1].position,
                "A fault begins at one moment, and `\(written[0].key)` names another one.",
                remedy: "Keep one of `in`, `before` and `after`; list the fault twice if it comes twice.")
            return nil
        }
        guard let entry = written.first else { return .start }
        if entry.key == "in" {
            let phase = complaints.word(entry.value, "The phase of a fault", code: .unknownPhase, Phase.self)
            if let phase { mentions.append(ScenarioMention(.phase(phase), entry.value.position)) }
            return phase.map { .phase($0) }
        }
        guard let step = step(entry.value, "`\(entry.key)`") else { return nil }
        mentions.append(ScenarioMention(.step(step), entry.value.position))
        return entry.key == "before" ? .before(step) : .after(step)
    }

    /// The keys that name a moment.
    private func written(_ fields: Fields) -> [YAMLEntry] {
        ["in", "before", "after"].compactMap { fields.entries[$0] }.sorted { $0.position < $1.position }
    }

    private func step(_ value: YAMLValue, _ key: String) -> String? {
        complaints.name(value, "The step of a fault's \(key)")
    }
}
