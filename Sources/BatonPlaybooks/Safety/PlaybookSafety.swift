import BatonCore

/// Says what an assumed run found in the words of the playbook: which line, why, and what to add or move.
struct PlaybookSafety {
    private let form: ReadPlaybook
    private let complaints: Complaints
    /// Actions that are missing altogether are reported once, not by every step that depends on them.
    private let lacksPromotion: Bool

    static func examine(_ form: ReadPlaybook, catalogue: Catalogue, _ complaints: Complaints) {
        let run = AssumedRun(of: form.playbook, catalogue: catalogue)
        let lacksPromotion = run.findings.contains(.newNeverWrites(nil))
        let safety = PlaybookSafety(form: form, complaints: complaints, lacksPromotion: lacksPromotion)
        var said: Set<Said> = []
        let hasErrors = run.findings.contains { safety.statement($0)?.isWarning == false }
        for finding in run.findings {
            // A gate that refuses because a step before it is missing is no mistake of its own.
            if hasErrors, case .gateRefuses = finding { continue }
            guard let statement = safety.statement(finding) else { continue }
            // A step on several targets, or with several broken conditions of one concern, is one mistake.
            guard said.insert(Said(code: statement.code, step: finding.place?.step)).inserted else { continue }
            if statement.isWarning {
                complaints.warning(statement.code, at: statement.position, statement.message, remedy: statement.remedy)
            } else {
                complaints.error(statement.code, at: statement.position, statement.message, remedy: statement.remedy)
            }
        }
    }

    private struct Said: Hashable {
        var code: ComplaintCode
        var step: PlaybookStep?
    }

    private struct Statement {
        var code: ComplaintCode
        var position: Position
        var message: String
        var remedy: String
        var isWarning = false
    }

    private func statement(_ finding: AssumedRun.Finding) -> Statement? {
        switch finding {
        case .unmet(let place, let call, let condition, let concern, let source):
            if lacksPromotion, concern == .promotionMissing { return nil }
            return unmet(place, call, condition, concern, source)
        case .irreversibleTooEarly(let place, let why):
            return Statement(
                code: .irreversibleTooEarly, position: position(place),
                message: "\(name(place)) cannot be undone (\(sentence(why))), and whatever fails in "
                    + "`\(place.phase.rawValue)` must be undone.",
                remedy: "Move it to `promote`.")
        case .newNeverWrites(let later):
            return newNeverWrites(later)
        case .proofTooEarly(let place):
            return Statement(
                code: .proofBeforeFence, position: position(place),
                message: "\(name(place)) proves that new has everything that old wrote, but here old can still write.",
                remedy: "Move it to `catch-up`, behind the step that stops old.")
        case .gateRefuses(let place, let reason):
            return Statement(
                code: .gateRefusesHere, position: position(place),
                message: "\(name(place)) would refuse here if all steps before it did their work: \(sentence(reason)).",
                remedy: "Move or remove the gate, or add the step that it waits for.", isWarning: true)
        case .stillPaused(let place, _):
            return Statement(
                code: .freezeWithoutThaw, position: position(place),
                message: "\(name(place)) makes clients wait, and no step up to the end of `thaw` releases them.",
                remedy: "Add a step to `thaw` that releases them towards new.")
        case .openObligation(let place, let terms):
            return Statement(
                code: .openObligation, position: position(place),
                message: "\(name(place)) leaves something owed at the end of the run: \(sentence(terms.owed)).",
                remedy: "Add a step that settles it, such as `do: \(terms.release.action)`, or expect the outcome "
                    + "`completed-with-obligations`.", isWarning: true)
        case .nothingVerifies:
            let position = form.phasePositions[.verify] ?? Position(line: 1, column: 1)
            return Statement(
                code: .nothingVerifies, position: position,
                message:
                    "No gate in `verify` checks that the promoted node serves its clients, so the run would succeed "
                    + "whatever happened.",
                remedy: "Add a gate with a deadline to `verify`.")
        }
    }

    private func newNeverWrites(_ later: AssumedRun.Place?) -> Statement {
        if let later {
            return Statement(
                code: .nothingPromotes, position: position(later),
                message:
                    "\(name(later)) promotes in `\(later.phase.rawValue)`; the guards of the point of no return hold in "
                    + "`promote` only.",
                remedy: "Move it to `promote`.")
        }
        return Statement(
            code: .nothingPromotes, position: form.phasePositions[.promote] ?? Position(line: 1, column: 1),
            message: "No step in `promote` makes new accept writes, so the run would end without a primary.",
            remedy: "Add the step that promotes new to `promote`.")
    }

    private func unmet(
        _ place: AssumedRun.Place, _ call: Call, _ condition: Condition, _ concern: AssumedRun.Concern,
        _ source: AssumedRun.Source
    ) -> Statement {
        let why = sentence(condition.why)
        let step = name(place)
        let code: ComplaintCode
        let message: String
        switch concern {
        case .fence:
            code = .promoteWithoutFence
            message = "\(step) comes while old may still write: \(why)."
        case .proof:
            code = .promoteWithoutProof
            message = "\(step) comes without the proof that new has everything: \(why)."
        case .promotionMissing:
            code = .beforePromotion
            message = "\(step) comes before new is promoted: \(why)."
        case .promotionHappened:
            code = .afterPromotion
            message = "\(step) comes too late, after the promotion: \(why)."
        case .other:
            code = .requirementNotMet
            message =
                "\(step) needs \(role(condition.key.target)) \(condition.key.aspect.rawValue) to be "
                + "\(condition.value): \(why)."
        }
        let remedy =
            concern == .promotionHappened
            ? "Move it to a phase before `promote`." : remedy(condition, source, for: place)
        return Statement(code: code, position: position(place), message: message, remedy: remedy)
    }

    private func remedy(_ condition: Condition, _ source: AssumedRun.Source, for place: AssumedRun.Place) -> String {
        switch source {
        case .laterStep(let later):
            return
                "Move this step behind \(name(later)) in line \(later.step.line) (`\(later.phase.rawValue)`), or that one "
                + "in front of it."
        case .missing(let kind, let target):
            let phase = home(of: condition)
            let deadline = kind.isGate && phase.awaitsGates ? " with a deadline" : ""
            return "Add `\(kind.isGate ? "gate" : "do"): \(kind.name)` on `\(role(target))` in "
                + "`\(phase.rawValue)`\(deadline)."
        case .none:
            return "Remove the step: no action or gate of this Baton brings that about."
        }
    }

    /// The phase in which a fact of this kind is brought about.
    private func home(of condition: Condition) -> Phase {
        switch (condition.key.aspect, condition.value) {
        case (.slot, _): .prepare
        case (.paused, .flag(true)): .freeze
        case (.paused, _): .thaw
        case (.complete, _), (.detached, _), (.mostAdvanced, _), (.received, _), (.overlaid, _): .catchUp
        case (.writable, .flag(true)), (.inRecovery, .flag(false)), (.timeline, _): .promote
        case (.leadsTo, _), (.eagerLogins, .flag(true)): .repoint
        case (.eagerLogins, _): .finish
        case (.follows, _), (.aligned, _), (.keptData, _): .finish
        case (.running, _), (.writable, _), (.inRecovery, _), (.cleanShutdown, _), (.standbySignal, _), (.fenced, _),
            (.cluster, _):
            .fence
        }
    }

    /// The step's line, behind indentation and dash.
    private func position(_ place: AssumedRun.Place) -> Position {
        let lines = complaints.source.lines
        let line = place.step.line
        guard lines.indices.contains(line - 1) else { return Position(line: line, column: 1) }
        let lead = lines[line - 1].unicodeScalars.prefix { $0 == " " || $0 == "-" }.count
        return Position(line: line, column: lead + 1)
    }

    private func name(_ place: AssumedRun.Place) -> String {
        "`\(place.step.kind.isGate ? "gate" : "do"): \(place.step.kind.name)`"
    }

    private func role(_ target: Target) -> String {
        if target == AssumedPair.scope.old { return Role.old.rawValue }
        if target == AssumedPair.scope.new { return Role.new.rawValue }
        return Role.allCases.first { $0.kind == target.kind }?.rawValue ?? target.name
    }
}

/// A definition's sentence without its full stop, to stand inside another one.
func sentence(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

/// The same behind a comma or a colon.
func clause(_ text: String) -> String { text.prefix(1).lowercased() + sentence(text).dropFirst() }

extension AssumedRun.Finding {
    /// The step that the finding is about; nil where one is missing.
    fileprivate var place: AssumedRun.Place? {
        switch self {
        case .unmet(let place, _, _, _, _), .irreversibleTooEarly(let place, _), .proofTooEarly(let place),
            .gateRefuses(let place, _), .stillPaused(let place, _), .openObligation(let place, _):
            place
        case .newNeverWrites(let place): place
        case .nothingVerifies: nil
        }
    }
}
