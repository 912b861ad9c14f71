import BatonCore

/// What a run still needs of a site that is lost. An emergency must not need it (I7); for a planned run it is a report.
struct LostSite {
    private let site: String
    private let course: Course

    init(_ site: String, _ course: Course) {
        self.site = site
        self.course = course
    }

    private var topology: Topology { course.plan.topology }

    /// With the site's last node gone there is nothing to fail over to.
    static func nothingLeft(_ site: String, mode: Mode) -> SafetyFinding {
        SafetyFinding(
            severity: mode == .emergency ? .error : .warning, code: .nothingSurvives, place: .topologyKey("nodes"),
            message: "Every node is in \(site): when it is lost, there is nothing to promote.",
            remedy: "Add a standby at another site.",
            way: ["\(site) is lost, with every copy of the data.", "Nothing can be promoted."])
    }

    var findings: [SafetyFinding] { steps + routes + own + names + secrets + notices + fences }

    private func finding(
        _ code: ComplaintCode, at place: SafetyFinding.Place, _ message: String, way: [String], remedy: String
    ) -> SafetyFinding {
        let severity: Complaint.Severity = course.plan.mode == .emergency ? .error : .warning
        return SafetyFinding(
            severity: severity, code: code, place: place, message: message, remedy: remedy,
            way: ["\(site) is lost."] + way)
    }

    private func isLost(_ target: Target) -> Bool {
        switch target.kind {
        case .node: topology.node(target.name)?.site == site
        case .pooler: topology.pooler(target.name)?.site == site
        case .route: topology.route(target.name).map { isLost(.pooler($0.through)) } ?? false
        case .proxy, .name: false
        }
    }

    // MARK: Steps and gates

    private var steps: [SafetyFinding] {
        // Nothing rests on a best effort.
        course.plan.steps.filter { $0.impliedBy == nil && !$0.isBestEffort }.flatMap { step -> [SafetyFinding] in
            let own = course.moves.filter { $0.step.id == step.id && isLost($0.target) }
            let wanted = course.moves.filter { move in
                move.step.impliedBy.map { .act($0) == step.kind } ?? false && isLost(move.target)
                    && !own.contains { $0.target.kind == move.target.kind }
            }
            return [finding(own, step), finding(wanted, step)].compactMap(\.self)
        }
    }

    /// What a step, or the gates that it wants in preflight, needs there.
    private func finding(_ moves: [Move], _ step: PlanStep) -> SafetyFinding? {
        guard let first = moves.first else { return nil }
        let (code, what): (ComplaintCode, String) =
            switch first.target.kind {
            case .node: (.needsLostNode, "")
            case .pooler: (.needsLostPooler, "")
            case .route, .proxy, .name: (.needsLostRoute, ", whose clients come through that site")
            }
        let targets = inOrder(moves.map(\.target.name))
        let gates = inOrder(moves.filter { $0.step.impliedBy != nil }.map { course.name($0) })
        let subject = course.name(step) + (gates.isEmpty ? "" : " wants \(gates)")
        let verb = gates.isEmpty ? step.kind.isGate ? "asks" : "works on" : "asked of"
        let stops = step.phase <= .promote ? "nothing is promoted" : "what comes behind it is left to people"
        return finding(
            code, at: course.place(of: step),
            "\(subject)\(gates.isEmpty ? " " : ", ")\(verb) \(targets)\(what), and \(site) is assumed to be lost.",
            way: ["\(gates.isEmpty ? subject : gates) gets no answer from \(targets).", "It fails: \(stops)."],
            remedy: step.kind.isGate || !gates.isEmpty
                ? "Ask only what survives; an emergency cannot wait for \(site)."
                : "Use a step that does not rest on \(site).")
    }

    /// Each name once, "a, b".
    private func inOrder(_ names: [String]) -> String {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    // MARK: The clients' ways

    private var routes: [SafetyFinding] {
        topology.routes.compactMap { route -> SafetyFinding? in
            guard isLost(.route(route.name)) else { return nil }
            let survives = topology.poolers.contains { $0.site != site }
            return finding(
                .routeThroughLostSite, at: .thing(route.name),
                "The clients of \(route.name) come through \(route.through), which is in \(site): whatever is promoted, "
                    + "they do not reach it.",
                way: ["\(route.through) is gone.", "New accepts writes, and no client of \(route.name) finds it."],
                remedy: survives
                    ? "Give these clients a second way, through a pooler of another site."
                    : "Add a pooler at another site, and lead the clients to both.")
        }
    }

    // MARK: What Baton itself stands on

    /// `local` means that the thing's host is Baton's.
    private var own: [SafetyFinding] {
        let things =
            topology.nodes.filter { $0.site == site && $0.access == .local }.map(\.name)
            + topology.poolers.filter { $0.site == site && $0.access == .local }.map(\.name)
        guard let first = things.first else { return [] }
        return [
            finding(
                .batonAtLostSite, at: .thing(first),
                "`control` of \(things.joined(separator: ", ")) is `local`, so Baton runs on a machine of \(site), and is "
                    + "lost with it.",
                way: ["Baton's machine is gone, with its journal.", "Nobody can run the playbook."],
                remedy: "Keep Baton, its files and its journal at a site that survives.")
        ]
    }

    private var names: [SafetyFinding] {
        let hosts =
            topology.nodes.filter { $0.site != site }.map { ($0.name, $0.host) }
            + topology.poolers.filter { $0.site != site }.map { ($0.name, $0.host) }
            + topology.notify.compactMap { target in host(of: target).map { (target.name, $0) } }
            + evidence
        return hosts.filter { $0.1.needsResolver && !isHostOfLostSite($0.1) }.map { name, host in
            .warning(
                .needsResolver, at: .thing(name),
                "\(name) is reached by name (\(host)): Baton needs a resolver, and the file does not say where it stands.",
                way: [
                    "\(site) is lost, and the resolver with it.", "\(host) is not found.", "\(name) is not reached.",
                ],
                remedy: "Write the address, or make sure that a resolver outside \(site) knows the name.")
        }
    }

    private var secrets: [SafetyFinding] {
        let used =
            topology.nodes.filter { $0.site != site }.map { ($0.name, [$0.password]) }
            + topology.poolers.filter { $0.site != site }.map { ($0.name, [$0.password, $0.statsPassword]) }
            + topology.routes.filter { !isLost(.route($0.name)) }.map { ($0.name, [$0.password]) }
            + lostNodes.map { ($0.name, fenceCalls(of: $0).map(\.token)) }
        return used.compactMap { name, references -> SafetyFinding? in
            for case .command(let words)? in references {
                return .warning(
                    .secretElsewhere, at: .thing(name),
                    "A secret of \(name) comes from the program \(words.first ?? ""), which asks somebody else for it; "
                        + "the file does not say where that one stands.",
                    way: [
                        "\(site) is lost, and the store of secrets with it.", "\(words.first ?? "") gets no answer.",
                        "Baton cannot use it for \(name).",
                    ], remedy: "Keep a copy that survives (`file:`), or prove that the store does.")
            }
            return nil
        }
    }

    private var notices: [SafetyFinding] {
        topology.notify.compactMap { target -> SafetyFinding? in
            guard let host = host(of: target), isHostOfLostSite(host) else { return nil }
            return .warning(
                .noticeAtLostSite, at: .thing(target.name),
                "\(target.name) is told at \(host), which is a machine of \(site).",
                way: ["\(site) is lost.", "The run halts or ends, and \(target.name) is not told."],
                remedy: "Tell people by a way that does not lead through \(site).")
        }
    }

    private func host(of target: NotifyTarget) -> String? {
        guard case .http(let address, _) = target.way else { return nil }
        return address.host
    }

    // MARK: The evidence that a lost node writes no more

    private var lostNodes: [Node] { topology.nodes.filter { $0.site == site } }

    /// The requests of a node's fence.
    private func fenceCalls(of node: Node) -> [(host: String?, token: SecretReference?)] {
        guard let fence = node.fence else { return [] }
        return [fence.check, fence.act, fence.verify].compactMap { call in
            guard case .http(let request, let token) = call else { return nil }
            return (request.address.host, token)
        }
    }

    /// Where it is asked for, by name: the host's sshd, which answers where only the server is lost, and the fence.
    private var evidence: [(String, String)] {
        lostNodes.flatMap { node -> [(String, String)] in
            var hosts = fenceCalls(of: node).compactMap(\.host)
            if case .ssh(let control) = node.access { hosts.append(control.host) }
            var seen: Set<String> = []
            return hosts.filter { seen.insert($0).inserted }.map { (node.name, $0) }
        }
    }

    private var fences: [SafetyFinding] {
        lostNodes.compactMap { node -> SafetyFinding? in
            guard let host = fenceCalls(of: node).compactMap(\.host).first(where: isHostOfLostSite) else { return nil }
            return .warning(
                .fenceAtLostSite, at: .thing(node.name),
                "The fence of \(node.name) is asked at \(host), which is a machine of \(site).",
                way: [
                    "\(site) is lost, and the fence with it.", "Nothing proves that \(node.name) writes no more.",
                    "Nothing is promoted.",
                ],
                remedy: "Ask somebody outside \(site): a power switch or an API that survives it.")
        }
    }

    private func isHostOfLostSite(_ host: String) -> Bool {
        guard !host.isLoopback else { return false }
        return topology.nodes.contains { node in
            if case .ssh(let control) = node.access, node.site == site, control.host == host { return true }
            return node.site == site && node.host == host
        }
            || topology.poolers.contains { $0.site == site && $0.host == host }
    }
}
