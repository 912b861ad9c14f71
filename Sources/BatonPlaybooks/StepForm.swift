import BatonCore

/// Reads the entries of a phase: steps, and groups of steps that run at the same time.
struct StepForm {
    let complaints: Complaints
    let catalogue: Catalogue
    /// The playbook's mode; nil when it has none that could be read.
    let mode: Mode?
    /// Lines of the ids seen so far.
    private var ids: [StepID: Int] = [:]

    init(complaints: Complaints, catalogue: Catalogue, mode: Mode?) {
        self.complaints = complaints
        self.catalogue = catalogue
        self.mode = mode
    }

    mutating func groups(_ value: YAMLValue, in phase: Phase) -> [PlaybookGroup] {
        if value.isNull { return [] }
        guard case .sequence(let entries) = value.content else {
            complaints.error(
                .wrongType, at: value.position,
                "The phase `\(phase.rawValue)` is a list of steps; this is \(value.kind).",
                remedy: "Begin each step with `- `; write `[]` for none.")
            return []
        }
        return entries.compactMap { group($0, in: phase) }
    }

    private mutating func group(_ value: YAMLValue, in phase: Phase) -> PlaybookGroup? {
        guard case .mapping(let entries) = value.content, let together = entries.first(where: { $0.key == "together" })
        else { return step(value, in: phase).map { PlaybookGroup(steps: [$0]) } }
        for entry in entries where entry.key != "together" {
            complaints.error(
                .unknownKey, at: entry.position, "Beside `together` no other key may stand: \(shown(entry.key)).",
                remedy: "Give the key to the steps of the group.")
        }
        guard case .sequence(let members) = together.value.content, !members.isEmpty else {
            complaints.error(
                .wrongType, at: together.position,
                "`together` takes a list of at least one step; this is \(together.value.kind).",
                remedy: "Write the steps as a list below it, or remove it.")
            return nil
        }
        let steps = members.compactMap { member -> PlaybookStep? in
            if case .mapping(let entries) = member.content, let inner = entries.first(where: { $0.key == "together" }) {
                complaints.error(
                    .nestedTogether, at: inner.position, "A `together` cannot stand inside another one.",
                    remedy: "List its steps in the outer group: they run at the same time anyway.")
                return nil
            }
            return step(member, in: phase)
        }
        return steps.isEmpty ? nil : PlaybookGroup(steps: steps)
    }

    // MARK: One step

    private mutating func step(_ value: YAMLValue, in phase: Phase) -> PlaybookStep? {
        guard let fields = Fields(value, PlaybookKeys.step, complaints) else { return nil }
        let id = fields.name("id", "The step's id").map { StepID($0) }
        if let id, let position = fields["id"]?.position {
            if let first = ids[id] {
                complaints.error(
                    .duplicateStep, at: position, "The id `\(id)` is taken by the step in line \(first).",
                    remedy: "Give each step its own id, or none.")
            }
            ids[id] = ids[id] ?? position.line
        }
        let title = fields.text("title", "The step's title")
        let why = fields.text("why", "The step's reason")
        let owner = fields.text("owner", "The step's owner")
        let byHand = fields.text("by-hand", "The text `by-hand`")
        if let needs = fields["needs"] { complain(ofNeeds: needs) }
        let modes = fields["modes"].flatMap(readModes)
        let roles = fields["on"].flatMap { readRoles($0) }
        let kind = readKind(fields)
        let deadline = readDeadline(fields, kind, in: phase)
        let retries = readRetries(fields, kind)
        let isBestEffort = readBestEffort(fields, kind, deadline, in: phase)
        guard let kind, let definition = StepDefinition(kind, catalogue) else { return nil }

        if !kind.isGate, !phase.mayAct, let position = fields["do"]?.position {
            complaints.error(
                .actionNotHere, at: position,
                "The phase `\(phase.rawValue)` changes nothing, and `\(kind.name)` is an action.",
                remedy: phase == .preflight
                    ? "Move the step to `prepare` or later."
                    : "Move the step to `thaw` or `finish`, and check its effect here.")
        }
        let arguments = ArgumentForm(complaints: complaints, definition: definition).read(fields)
        check(roles ?? [], for: definition)
        return PlaybookStep(
            id: id, title: title, why: why, owner: owner, kind: kind, arguments: arguments,
            on: roles?.map(\.role) ?? [], deadline: deadline, retries: retries, modes: modes, byHand: byHand,
            isBestEffort: isBestEffort, line: value.position.line)
    }

    private func readDeadline(_ fields: Fields, _ kind: StepKind?, in phase: Phase) -> TimeSpan? {
        if fields["deadline"] != nil { return fields.span("deadline", "The deadline") }
        if let kind, kind.isGate, phase.awaitsGates {
            complaints.error(
                .gateWithoutDeadline, at: fields.position,
                "In `\(phase.rawValue)` the gate `\(kind.name)` is awaited until it passes, and without a deadline that could "
                    + "be for ever.",
                remedy: "Add `deadline: 10s` to the step.")
        }
        return nil
    }

    private func readRetries(_ fields: Fields, _ kind: StepKind?) -> Int {
        guard let value = fields["retry"] else { return 0 }
        if let kind, kind.isGate {
            complaints.error(
                .retryOnGate, at: value.position,
                "A gate takes no `retry`: in `catch-up` and `verify` it is judged again until its deadline, elsewhere once.",
                remedy: "Remove `retry`.")
            return 0
        }
        return fields.count("retry", "`retry`") ?? 0
    }

    /// What may fail without consequence proves nothing, holds nobody and leads nobody.
    private func readBestEffort(_ fields: Fields, _ kind: StepKind?, _ deadline: TimeSpan?, in phase: Phase) -> Bool {
        guard let value = fields["best-effort"] else { return false }
        let remedy = "Remove `best-effort`; it stands at actions in `prepare` and `finish`."
        if kind?.isGate == true {
            complaints.error(
                .bestEffortNotHere, at: value.position,
                "A gate is no best effort: what it does not see, the run must not believe.", remedy: remedy)
            return false
        }
        guard fields.flag("best-effort", "`best-effort`") == true else { return false }
        guard phase.mayTry else {
            complaints.error(
                .bestEffortNotHere, at: value.position,
                "In `\(phase.rawValue)` a step that failed may not be passed over: the run rests on it.",
                remedy: remedy)
            return false
        }
        let longest = PlaybookKeys.longestBestEffort
        guard let deadline, deadline <= longest else {
            if fields["deadline"] == nil || deadline != nil {
                complaints.error(
                    .bestEffortDeadline, at: value.position,
                    "A best effort waits for what may be lost, and the run waits with it: its `deadline` is "
                        + (deadline.map { "\($0)." } ?? "missing."),
                    remedy: "Add `deadline: 3s`; \(Units.written(longest)) is the most.")
            }
            return true
        }
        return true
    }

    private func complain(ofNeeds value: YAMLValue) {
        if case .scalar("approval", _) = value.content, case .notYet(let why)? = PlaybookKeys.step["needs"]?.form {
            complaints.error(
                .notSupportedYet, at: value.position, why,
                remedy: "Remove `needs: approval`, and let a person start the run.")
        } else {
            complaints.error(
                .unknownWord, at: value.position, "`needs` knows one word only, `approval`.", remedy: "Remove `needs`.")
        }
    }

    private func readModes(_ value: YAMLValue) -> [Mode]? {
        let values: [YAMLValue]
        if case .sequence(let list) = value.content { values = list } else { values = [value] }
        let modes = values.compactMap { complaints.word($0, "The step's mode", Mode.self, among: Mode.ofPlaybooks) }
        guard modes.count == values.count else { return nil }
        if Set(modes).count < modes.count {
            complaints.error(
                .duplicateRole, at: value.position, "A mode stands twice in `modes`.", remedy: "Keep one of them.")
        }
        guard let mode, !modes.contains(mode) else { return modes }
        complaints.warning(
            .stepNeverRuns, at: value.position,
            "The playbook's mode is `\(mode.rawValue)`, so this step never takes part.",
            remedy: "Add `\(mode.rawValue)` to `modes`, or remove the step.")
        return modes
    }
}
