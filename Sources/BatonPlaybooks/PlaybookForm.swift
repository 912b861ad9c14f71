import BatonCore

/// A playbook as it was read, with the places that later complaints point to.
struct ReadPlaybook {
    var playbook: Playbook
    var phasePositions: [Phase: Position]
    /// No complaint concerns a step or the mode.
    var areStepsSound: Bool
}

/// Reads a playbook's keys: the header, the objectives, the limits, and the phases with their steps.
struct PlaybookForm {
    let complaints: Complaints
    let catalogue: Catalogue

    func read(_ root: YAMLValue) -> ReadPlaybook? {
        guard case .mapping(let entries) = root.content else { return nil }
        let fields = Fields(entries, at: root.position, PlaybookKeys.root.noun, PlaybookKeys.root, complaints)
        var hasUnknownPhase = false
        for entry in entries where PlaybookKeys.root[entry.key] == nil {
            if complain(ofKey: entry) { hasUnknownPhase = true }
        }

        let name = fields.name("name", "The playbook's name")
        let title = fields.text("title", "The title")
        let why = fields.text("why", "The reason")
        let errorsBeforeSteps = complaints.errorCount
        let mode = fields.word("mode", "The mode", Mode.self, among: Mode.ofPlaybooks)
        let steps = readPhases(entries, mode: mode)
        let areStepsSound = complaints.errorCount == errorsBeforeSteps && mode != nil && !hasUnknownPhase
        let objectives = fields["objectives"].map(readObjectives) ?? Objectives()
        let limits = fields["limits"].map(readLimits) ?? Limits()
        // What stands in for a missing value is never seen: the complaint about it keeps the playbook from loading.
        return ReadPlaybook(
            playbook: Playbook(
                name: name ?? "", title: title ?? "", why: why ?? "", mode: mode ?? .planned, objectives: objectives,
                limits: limits, phases: steps.phases),
            phasePositions: steps.positions, areStepsSound: areStepsSound)
    }

    /// True when the key was meant to be a phase: its steps are not known then.
    private func complain(ofKey entry: YAMLEntry) -> Bool {
        let meant = nearest(entry.key, among: PlaybookKeys.root.names)
        let isPhase: Bool
        if let meant {
            isPhase = Phase(rawValue: meant) != nil
        } else if case .sequence = entry.value.content {
            isPhase = true
        } else {
            isPhase = false
        }
        if isPhase {
            complaints.error(
                .unknownPhase, at: entry.position, "There is no phase \(shown(entry.key)).",
                remedy: meant.map { "Did you mean `\($0)`?" }
                    ?? "The phases are \(alternatives(Phase.allCases.map(\.rawValue), "and")), in this order.")
        } else {
            complaints.error(
                .unknownKey, at: entry.position, "A playbook has no key \(shown(entry.key)).",
                remedy: meant.map { "Did you mean `\($0)`?" }
                    ?? "Remove it; besides the phases the keys are \(alternatives(PlaybookKeys.header.names, "and")).")
        }
        return isPhase
    }

    private func readObjectives(_ value: YAMLValue) -> Objectives {
        guard let fields = Fields(value, PlaybookKeys.objectives, complaints) else { return Objectives() }
        return Objectives(
            writePause: fields.span("write-pause", "The objective `write-pause`"),
            recoveryTime: fields.span("recovery-time", "The objective `recovery-time`"),
            recoveryPoint: fields.bytes("recovery-point", "The objective `recovery-point`"))
    }

    private func readLimits(_ value: YAMLValue) -> Limits {
        var limits = Limits()
        guard let fields = Fields(value, PlaybookKeys.limits, complaints) else { return limits }
        let freeze = fields.span("freeze", "The limit `freeze`")
        let reserve = fields.span("undo-reserve", "The limit `undo-reserve`")
        // A limit with its own complaint is not compared.
        guard (freeze == nil) == (fields["freeze"] == nil), (reserve == nil) == (fields["undo-reserve"] == nil) else {
            return limits
        }
        limits.freeze = freeze ?? limits.freeze
        limits.undoReserve = reserve ?? limits.undoReserve
        if limits.undoReserve >= limits.freeze {
            let place = fields["undo-reserve"] ?? fields["freeze"] ?? value
            complaints.error(
                .reserveTooLong, at: place.position,
                "The undo's reserve (\(limits.undoReserve)) leaves nothing of the freeze budget (\(limits.freeze)) for the "
                    + "switchover itself.",
                remedy: "Write an `undo-reserve` shorter than `freeze`, such as `{ freeze: 30s, undo-reserve: 10s }`.")
        }
        return limits
    }

    private func readPhases(_ entries: [YAMLEntry], mode: Mode?) -> (
        phases: [PlaybookPhase], positions: [Phase: Position]
    ) {
        var steps = StepForm(complaints: complaints, catalogue: catalogue, mode: mode)
        var phases: [PlaybookPhase] = []
        var positions: [Phase: Position] = [:]
        var latest: Phase?
        for entry in entries {
            guard let phase = Phase(rawValue: entry.key) else { continue }
            if let latest, phase < latest {
                complaints.error(
                    .phaseOrder, at: entry.position,
                    "The phase `\(phase.rawValue)` stands behind `\(latest.rawValue)`, but it runs before it; a file that "
                        + "reads in another order than it runs misleads.",
                    remedy: "Move `\(phase.rawValue)` in front of `\(latest.rawValue)`.")
            }
            latest = max(latest ?? phase, phase)
            positions[phase] = entry.position
            phases.append(PlaybookPhase(phase: phase, groups: steps.groups(entry.value, in: phase)))
        }
        return (phases.sorted { $0.phase < $1.phase }, positions)
    }
}
