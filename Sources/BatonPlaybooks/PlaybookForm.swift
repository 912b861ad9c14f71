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
    static let headerKeys = ["baton", "name", "title", "why", "mode", "objectives", "limits"]
    static var keys: [String] { headerKeys + Phase.allCases.map(\.rawValue) }

    let complaints: Complaints
    let catalogue: Catalogue

    func read(_ root: YAMLValue) -> ReadPlaybook? {
        guard case .mapping(let entries) = root.content else { return nil }
        let fields = Fields(entries, at: root.position, "the playbook", complaints)
        var hasUnknownPhase = false
        for entry in entries where !PlaybookForm.keys.contains(entry.key) {
            if complain(ofKey: entry) { hasUnknownPhase = true }
        }

        _ = fields.required("baton", example: "playbook/v1")
        let name = fields.required("name", example: "planned-switchover").flatMap {
            complaints.name($0, "The playbook's name")
        }
        let title = fields.required("title", example: "Planned switchover to another site").flatMap {
            complaints.text($0, "The title")
        }
        let why = fields.required("why", example: "Move the primary role without losing a committed write.").flatMap {
            complaints.text($0, "The reason", lines: true)
        }
        let errorsBeforeSteps = complaints.errorCount
        let mode = fields.required("mode", example: "planned").flatMap {
            complaints.word($0, "The mode", Mode.self)
        }
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
        let meant = nearest(entry.key, among: PlaybookForm.keys)
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
                    ?? "The phases are \(alternatives(Phase.allCases.map(\.rawValue))), in this order.")
        } else {
            complaints.error(
                .unknownKey, at: entry.position, "A playbook has no key \(shown(entry.key)).",
                remedy: meant.map { "Did you mean `\($0)`?" }
                    ?? "Remove it; besides the phases the keys are \(alternatives(PlaybookForm.headerKeys)).")
        }
        return isPhase
    }

    private func readObjectives(_ value: YAMLValue) -> Objectives {
        let keys = ["write-pause", "recovery-time", "recovery-point"]
        guard let fields = Fields(value, "`objectives`", keys: keys, complaints) else { return Objectives() }
        return Objectives(
            writePause: fields["write-pause"].flatMap { complaints.span($0, "The objective `write-pause`") },
            recoveryTime: fields["recovery-time"].flatMap { complaints.span($0, "The objective `recovery-time`") },
            recoveryPoint: fields["recovery-point"].flatMap { complaints.bytes($0, "The objective `recovery-point`") })
    }

    private func readLimits(_ value: YAMLValue) -> Limits {
        var limits = Limits()
        guard let fields = Fields(value, "`limits`", keys: ["freeze", "undo-reserve"], complaints) else {
            return limits
        }
        let freeze = fields["freeze"].map {
            complaints.span($0, "The limit `freeze`", atLeast: .milliseconds(1))
        }
        let reserve = fields["undo-reserve"].map { complaints.span($0, "The limit `undo-reserve`") }
        // A limit with its own complaint is not compared.
        if case .some(.none) = freeze { return limits }
        if case .some(.none) = reserve { return limits }
        limits.freeze = (freeze ?? nil) ?? limits.freeze
        limits.undoReserve = (reserve ?? nil) ?? limits.undoReserve
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
