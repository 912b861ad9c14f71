import BatonCore

/// What a playbook wants of this very topology.
extension Course {
    var pairFindings: [SafetyFinding] { uncontrolled + unmeasured + sharedHosts + untold + owed }

    private func access(to target: Target) -> HostAccess? {
        switch target.kind {
        case .node: plan.topology.node(target.name)?.access
        case .pooler: plan.topology.pooler(target.name)?.access
        case .proxy, .name, .route: nil
        }
    }

    /// Work on a host that Baton does not control: the planned step cannot be done, nor can its undo.
    private var uncontrolled: [SafetyFinding] {
        acts.compactMap { move -> SafetyFinding? in
            guard let action = action(of: move), action.needsHost, access(to: move.target) == HostAccess.none else {
                return nil
            }
            if action.acceptsFence, plan.topology.node(move.target.name)?.fence != nil { return nil }
            return .error(
                .hostNotControlled, at: .thing(move.target.name),
                "\(name(move)) works on the host of \(move.target), and `control: none` says that Baton cannot.",
                way: way(before: move.index) + ["\(name(move)) on \(move.target) cannot be done."]
                    + (move.step.phase < .promote
                        ? ["The run goes back."] : ["The run halts or ends with the work left to a person."]),
                remedy: "Say under `control` how Baton reaches the host of \(move.target)"
                    + (action.acceptsFence ? ", or under `fence` how it is switched off." : "."))
        }
    }

    /// What is owed at the end on these nodes; on the pair that stands for all, the loader says so.
    private var owed: [SafetyFinding] {
        acts.flatMap { move -> [SafetyFinding] in
            guard let call = move.call, let action = catalogue.action(call.action) else { return [] }
            return action.obligations(call, scope).compactMap { terms in
                let keys = Set(terms.discharged.map(\.key))
                if terms.discharged.contains(where: { end.value($0.key) == $0.value }) { return nil }
                if acts.contains(where: { sees(keys, $0) }) { return nil }
                return .warning(
                    .openObligation, at: place(of: move),
                    "\(name(move)) leaves something owed at the end of the run: \(clause(terms.owed)).",
                    way: tell([move]) + ["The run ends with work left: \(clause(terms.owed))."],
                    remedy: "Add a step that settles it, such as `do: \(terms.release.action)`.")
            }
        }
    }

    /// A gate that waits for a client's write along a route on which nobody writes.
    private var unmeasured: [SafetyFinding] {
        moves.compactMap { move -> SafetyFinding? in
            guard move.call == nil, move.target.kind == .route, move.step.phase == .verify,
                let route = plan.topology.route(move.target.name), route.canary == nil
            else { return nil }
            return .error(
                .routeUnmeasured, at: .thing(route.name),
                "\(name(move)) waits for a write along \(route.name), and without a `canary` nothing is written there.",
                way: way(before: move.index, touching: [.writable, .paused]) + [
                    "\(name(move)) waits until its deadline of \(move.step.deadline), and no write comes.",
                    "The run halts behind a promotion that went well.",
                ], remedy: "Add `canary: { table: baton_canary, every: 10ms }` to \(route.name).")
        }
    }

    /// Two sites on one machine are one site when it fails. (A lab on loopback is one machine by intention.)
    private var sharedHosts: [SafetyFinding] {
        guard let old = plan.topology.node(scope.binding.old) else { return [] }
        return plan.topology.nodes.compactMap { node -> SafetyFinding? in
            guard node.site != old.site, node.host == old.host, !node.host.isLoopback else { return nil }
            return .warning(
                .sitesShareHost, at: .thing(node.name),
                "\(node.name) (\(node.site)) and \(old.name) (\(old.site)) have one host, \(node.host): what takes one site "
                    + "takes both.",
                way: ["The machine \(node.host) is lost.", "\(old.name) and \(node.name) are lost with it."],
                remedy: "Give the sites machines of their own, or name them as one site.")
        }
    }

    /// Whoever is told of everything but the halt learns of it from the clients.
    private var untold: [SafetyFinding] {
        guard plan.freezes, let first = plan.topology.notify.first,
            !plan.topology.notify.contains(where: { $0.on.contains(.halt) })
        else { return [] }
        return [
            .warning(
                .haltUntold, at: .thing(first.name),
                "Nobody of `notify` is told of a halt, the one moment at which a person must act.",
                way: theFreeze + [
                    "A step behind the promotion fails: the run halts, and the clients wait.",
                    "Nobody is told; the clients wait until somebody looks.",
                ], remedy: "Add `halt` to `on` of \(first.name).")
        ]
    }
}

extension String {
    /// An address of this machine for itself.
    var isLoopback: Bool { self == "localhost" || self == "::1" || hasPrefix("127.") || hasPrefix("/") }

    /// Whether it must be looked up: not an address, not a socket's directory, not this machine.
    var needsResolver: Bool {
        if isLoopback || contains(":") { return false }
        return contains { $0 != "." && !$0.isNumber }
    }
}
