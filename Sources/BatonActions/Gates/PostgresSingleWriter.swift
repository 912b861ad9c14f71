package import BatonCore

/// Asks whether one node could accept a write now.
package struct PostgresSingleWriterProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var new: String
        /// What the server says of itself; nil when it does not answer.
        package var inRecovery: Bool?
        /// Whether the host sees no process of the data directory at all; nil when it was not asked or did not answer.
        package var noProcess: Bool?
        package var standbySignal: Bool?
        /// What the topology's own fence proves, in words; nil where there is none, or where it proves nothing.
        package var fence: String?
        /// Why the server or the host did not answer.
        package var problem: String?
        /// Whether the operator of an emergency took it upon themselves that it is off.
        package var isAccepted: Bool

        package init(
            node: String, new: String, inRecovery: Bool?, noProcess: Bool?, standbySignal: Bool?,
            fence: String? = nil, problem: String? = nil, isAccepted: Bool = false
        ) {
            self.node = node
            self.new = new
            self.inRecovery = inRecovery
            self.noProcess = noProcess
            self.standbySignal = standbySignal
            self.fence = fence
            self.problem = problem
            self.isAccepted = isAccepted
        }
    }

    package static let id = "postgres.single-writer"
    package var node: String
    package var new: String
    package var isAccepted: Bool

    package init(node: String, new: String, isAccepted: Bool = false) {
        self.node = node
        self.new = new
        self.isAccepted = isAccepted
    }

    /// As the world's facts tell it.
    package func answer(in world: World) -> Answer? {
        func flag(_ aspect: Aspect) -> Bool? {
            guard case .flag(let flag)? = world.value(FactKey(.node(node), aspect)) else { return nil }
            return flag
        }
        let running = flag(.running)
        let inRecovery = flag(.inRecovery) ?? flag(.writable).flatMap { $0 ? false : nil }
        let fenced = flag(.fenced) == true
        if running == nil && inRecovery == nil && !fenced { return nil }
        return Answer(
            node: node, new: new, inRecovery: running == false ? nil : inRecovery, noProcess: running.map { !$0 },
            standbySignal: flag(.standbySignal), fence: fenced ? "\(node) is fenced" : nil, isAccepted: isAccepted)
    }
}

/// No node but new can accept a write (R7): each is seen in recovery, or is new, or is seen fenced now: no process of its
/// data directory and `standby.signal` in it, so that not even a restart makes a writer; or the topology's own fence proves
/// now that it is off. Silence is no evidence.
package enum PostgresSingleWriter: Gate {
    package static let id: GateID = "postgres.single-writer"
    package static let summary = "The node cannot accept writes, unless it is new."
    package static let source = "Baton rules R3, R7 and R10."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope)
        -> PostgresSingleWriterProbe
    {
        PostgresSingleWriterProbe(
            node: target.name, new: scope.binding.new,
            isAccepted: scope.acceptance?.unfenced.contains(target.name) ?? false)
    }

    package static func judge(_ answer: PostgresSingleWriterProbe.Answer, _ limit: NoParameters) -> Verdict {
        let node = answer.node
        switch answer.inRecovery {
        case true?:
            return .pass("\(node) is in recovery", observed: .text("in recovery"))
        case false? where node == answer.new:
            return .pass("\(node) is the new primary", observed: .text("accepts writes"))
        case false?:
            return .block(
                "\(node) accepts writes beside \(answer.new)",
                remedy: "Stop it at once: pg_ctl stop -m fast -D its-data-directory, then touch standby.signal there",
                observed: .text("accepts writes"))
        case nil: break
        }
        let why = answer.problem.map { ": \($0)" } ?? ""
        switch (answer.noProcess, answer.standbySignal) {
        case (true?, true?):
            return .pass(
                "\(node) is fenced: no process of its data directory, standby.signal in place",
                observed: .text("fenced"))
        case _ where answer.fence != nil && answer.noProcess != false:
            return .pass("\(node) is fenced: \(answer.fence ?? "")", observed: .text("fenced"))
        case (true?, false?):
            return .block(
                "\(node) does not run, but a start would make it a second primary: standby.signal is missing",
                remedy: "On the host of \(node): touch standby.signal in its data directory",
                observed: .text("no standby.signal"))
        case (false?, _):
            return .block(
                "processes of \(node)'s data directory live, and it does not say that it is in recovery\(why)",
                remedy: "On the host of \(node): pg_ctl stop -m immediate -D its-data-directory, then look for what is "
                    + "left of it",
                observed: .text("runs"))
        case (nil, _) where answer.isAccepted:
            return .warn(
                "\(node) cannot be seen; that it is off was accepted by the operator\(why)",
                remedy: "Before it is started again: touch standby.signal in its data directory",
                observed: .text("not seen"))
        default:
            return .unknown(
                "\(node) cannot be seen, which is no evidence that it does not write\(why)",
                remedy: "Reach it or its host, or have it fenced by hand: "
                    + "pg_ctl stop -m fast -D its-data-directory && touch its-data-directory/standby.signal")
        }
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let otherwise =
            "Stop it at once with pg_ctl stop -m fast, and put standby.signal into its directory. A node that nobody can "
            + "reach is no node that does not write."
        let node = scope.topology.node(target.name)
        let hasEvidence = node?.dataDirectory != nil || (scope.acceptance != nil && node?.fence != nil)
        if target.name == scope.binding.new || !hasEvidence {
            let isNew = target.name == scope.binding.new
            return ByHandCheck(ByHandLook.recovery(target, !isNew, in: scope), otherwise: otherwise)
        }
        guard target.name == scope.binding.old else {
            return ByHandCheck(ByHandLook.recovery(target, true, in: scope), otherwise: otherwise)
        }
        let facts =
            scope.acceptance != nil && scope.topology.node(target.name)?.fence != nil
            ? [Change(FactKey(target, .fenced), .flag(true))]
            : [
                Change(FactKey(target, .running), .flag(false)),
                Change(FactKey(target, .standbySignal), .flag(true)),
            ]
        return ByHandCheck(ByHandLook.commands(facts, in: scope), otherwise: otherwise)
    }

    package static let passing = PostgresSingleWriterProbe.Answer(
        node: "west-db", new: "east-db", inRecovery: nil, noProcess: true, standbySignal: true)
    package static let refusing = PostgresSingleWriterProbe.Answer(
        node: "west-db", new: "east-db", inRecovery: nil, noProcess: nil, standbySignal: true)
}
