/// Fills the slots `old` and `new` from what the nodes say of themselves.
struct BindingRule {
    let plan: Plan
    /// Whether a test has taken the look at silent nodes away.
    var ignoresRivals = false

    enum Slots: Hashable {
        case bound(Binding)
        /// A node of the target site is the primary, and every other node is seen not to accept writes (R20).
        case alreadyThere(String)
        /// The binding that the gates are asked under, so that one of them names the fault.
        case unbound(assumed: Binding, why: String)
    }

    func bind(_ world: World) -> Slots {
        if let continues = plan.continues { return bindKnown(continues.binding, world) }
        switch plan.mode {
        case .planned: return bindPair(world)
        case .emergency: return bindSurvivor(world)
        case .rejoin: return bindReturning(world)
        }
    }

    /// The record of an earlier run says who was promoted. Where that node is not the primary any more, somebody has decided
    /// otherwise since, and nobody is fenced.
    private func bindKnown(_ binding: Binding, _ world: World) -> Slots {
        guard world.value(FactKey(.node(binding.new), .writable)) == .flag(true) else {
            return .unbound(assumed: binding, why: "\(binding.new), which was promoted, does not answer as the primary")
        }
        let standby = ([binding.old] + binding.lost).first {
            world.value(FactKey(.node($0), .inRecovery)) == .flag(true)
        }
        if let standby {
            return .unbound(assumed: binding, why: "\(standby) is a standby by now and accepts no writes")
        }
        return .bound(binding)
    }

    /// The primary is the node that says so.
    private func bindPair(_ world: World) -> Slots {
        let nodes = plan.topology.nodes.map(\.name)
        let primaries = nodes.filter { world.value(FactKey(.node($0), .writable)) == .flag(true) }
        let standbys = plan.candidates.filter { world.value(FactKey(.node($0), .inRecovery)) == .flag(true) }
        var assumed = plan.assumedBinding
        guard let primary = primaries.first, primaries.count == 1 else {
            let why = primaries.isEmpty ? "no node answers as the primary" : "several nodes accept writes"
            return .unbound(assumed: assumed, why: "\(why)\(primaries.isEmpty ? "" : ": \(primaries)")")
        }
        if plan.candidates.contains(primary) {
            // A node that does not answer may accept writes too; its silence proves nothing (R7).
            let silent = nodes.filter { world.value(FactKey(.node($0), .writable)) != .flag(false) && $0 != primary }
            guard silent.isEmpty || ignoresRivals else {
                let why = "\(primary) answers as the primary, and nobody knows whether these accept writes: \(silent)"
                return .unbound(assumed: assumed, why: why)
            }
            return .alreadyThere(primary)
        }
        assumed.old = primary
        guard let standby = standbys.first else {
            return .unbound(assumed: assumed, why: "no node of site \(plan.toSite) answers as a standby")
        }
        return .bound(Binding(old: primary, new: standby))
    }

    /// Nobody says that it is the primary: old is whoever is not seen in recovery (R9). One that is seen to write is no
    /// emergency, and two are a split brain.
    private func bindSurvivor(_ world: World) -> Slots {
        let nodes = plan.topology.nodes
        let assumed = plan.assumedBinding
        func isSeen(_ node: Node, _ aspect: Aspect) -> Bool {
            world.value(FactKey(.node(node.name), aspect)) == .flag(true)
        }
        let writers = nodes.filter { isSeen($0, .writable) }.map(\.name)
        let unseen = nodes.filter { !isSeen($0, .inRecovery) && !writers.contains($0.name) }
        if let writer = writers.first {
            if writers.count == 1, unseen.isEmpty, plan.candidates.contains(writer) { return .alreadyThere(writer) }
            let others = unseen.isEmpty ? "" : ", and nobody knows whether these accept writes: \(unseen.map(\.name))"
            let why =
                writers.count > 1
                ? "several nodes accept writes: \(writers)"
                : plan.candidates.contains(writer)
                    ? "\(writer) answers as the primary\(others)"
                    : "\(writer) answers as the primary: this is no emergency, so use baton switchover with a planned playbook"
            return .unbound(assumed: assumed, why: why)
        }
        let election = Election(
            nodes.filter { isSeen($0, .inRecovery) }.map(\.name), among: nodes.map(\.name), in: world)
        if let problem = election.problem { return .unbound(assumed: assumed, why: problem) }
        guard let new = election.standbys.first(where: plan.candidates.contains) else {
            let others = election.excluded.map { "; \($0.node) answers, but \($0.why)" }.joined()
            return .unbound(assumed: assumed, why: "no node of site \(plan.toSite) answers as a standby\(others)")
        }
        // The primary was most likely elsewhere; in any case each of them is fenced.
        guard let old = unseen.first(where: { $0.site != plan.toSite }) ?? unseen.first else {
            return .unbound(
                assumed: assumed, why: "every node answers as a standby, so there is no lost primary to fence")
        }
        let silent = plan.topology.poolers.map(\.name).filter { isLost($0, in: world) }
        if !silent.isEmpty, silent.count == plan.topology.poolers.count {
            return .unbound(assumed: assumed, why: "no pooler answers, so no client could be led to \(new)")
        }
        // Clients of a silent pooler may reach a node that nobody fenced: an open way to write (R9).
        let open = plan.acceptance?.unfenced.filter { name in unseen.contains { $0.name == name } } ?? []
        if let doubted = open.first(where: { world.value(FactKey(.node($0), .cluster)) != nil }) {
            return .unbound(
                assumed: assumed,
                why:
                    "the host of \(doubted) answers, so it can be fenced, and nobody's word is needed: leave out "
                    + "--accept-unfenced \(doubted)")
        }
        if let pooler = silent.first(where: { plan.acceptance?.unfenced.contains($0) != true }), !open.isEmpty {
            return .unbound(
                assumed: assumed,
                why:
                    "\(pooler) does not answer and may lead clients to \(open.joined(separator: ", ")), which nobody fenced: "
                    + "make sure that it is off, too, and give --accept-unfenced \(pooler)")
        }
        return .bound(
            Binding(
                old: old.name, new: new, lost: unseen.map(\.name).filter { $0 != old.name },
                lostPoolers: silent, excluded: election.excluded))
    }

    /// New is the one node beside the returning one that is seen to write. That the returning one writes too is no hindrance:
    /// the run fences it. A third writer is.
    private func bindReturning(_ world: World) -> Slots {
        let old = plan.assumedBinding.old
        let writers = plan.topology.nodes.map(\.name).filter {
            $0 != old && world.value(FactKey(.node($0), .writable)) == .flag(true)
        }
        guard let new = writers.first, writers.count == 1 else {
            let why =
                writers.isEmpty
                ? "no node but \(old) answers as the primary, so there is none to follow: "
                    + "first baton promote PLAYBOOK --to SITE --reason TEXT; baton status tells who answers"
                : "several nodes besides \(old) accept writes: \(writers.joined(separator: ", ")); "
                    + "bring back all but one of them first: baton rejoin \(writers.last ?? "")"
            return .unbound(assumed: plan.assumedBinding, why: why)
        }
        if world.value(FactKey(.node(old), .follows)) == .name(new) { return .alreadyThere(old) }
        return .bound(Binding(old: old, new: new))
    }

    /// Whether a pooler's console gave no answer.
    func isLost(_ pooler: String, in world: World) -> Bool { world.value(FactKey(.pooler(pooler), .paused)) == nil }
}
