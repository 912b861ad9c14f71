import BatonCore
import BatonEngine
import BatonPlaybooks
import BatonPostgres
import BatonReports

/// What an emergency would lack if a site were gone, asked while it is there: the hosts whose word would be the fence's
/// evidence, the poolers, and what Baton itself stands on. Read only.
struct AssumedDown {
    let site: String
    let plan: Plan
    /// That may ask the site.
    let sessions: ClusterSessions

    /// How long one host may take.
    private static let patience = TimeSpan.seconds(2)

    /// Refuses a site that nothing can be foretold of (64).
    static func require(_ site: String, _ plan: Plan) throws {
        guard plan.topology.sites.contains(site) else {
            throw CommandProblem(
                .usage, "topology \(plan.topology.name) has no site \(site)",
                remedy: "use --assume-down with one of: \(plan.topology.sites.joined(separator: ", "))")
        }
        guard plan.mode == .emergency else {
            throw CommandProblem(
                .usage, "--assume-down is for an emergency playbook: a planned one needs the primary alive",
                remedy: "give an emergency playbook, or baton check --assume-down \(site) for a planned one")
        }
        guard plan.toSite != site else {
            throw CommandProblem(
                .usage, "--assume-down \(site) --to \(site): nothing is promoted at a site that is down",
                remedy: "give --to another site")
        }
    }

    func evidence(_ files: LoadedFiles) async -> AssumedLoss {
        var evidence: [EvidenceReport] = []
        for node in plan.topology.nodes where node.site == site { evidence.append(await fence(node)) }
        for pooler in plan.topology.poolers { evidence.append(self.pooler(pooler)) }
        let complaints = StaticSafety(files.playbook, topology: files.topology, catalogue: .standard)
            .complaints(assumingDown: site)
        // What a step needs there is judged by the gates, and by the fence's evidence above.
        let judged: [ComplaintCode] = [.needsLostNode, .needsLostPooler, .needsLostRoute]
        evidence += complaints.filter { complaint in !judged.contains { $0.rawValue == complaint.code } }.map {
            EvidenceReport(
                kind: .dependency, item: $0.code, survives: $0.severity == .error ? false : nil, answersNow: nil,
                detail: $0.message, remedy: $0.remedy)
        }
        return AssumedLoss(site: site, evidence: evidence)
    }

    /// Who could prove that the node writes no more. A host of the site cannot once the site is gone.
    private func fence(_ node: Node) async -> EvidenceReport {
        let accepted = plan.acceptance?.unfenced.contains(node.name) == true
        let alternatives =
            "have it fenced by somebody who is not at \(site) (its power, its hypervisor, its cloud), or make sure by other "
            + "means that it is off and give --accept-unfenced \(node.name)"
        var report = EvidenceReport(
            kind: .fence, item: node.name, survives: false, answersNow: nil, detail: "",
            remedy: accepted ? nil : alternatives)
        let taken = accepted ? "; that it is off is accepted with --accept-unfenced \(node.name)" : ""
        let hosts = Wiring.hosts(sessions)
        if let own = hosts.fence(node.name) { return await ask(own, report, accepted: taken) }
        guard let host = hosts.database(node.name) else {
            report.detail = "Baton has no access to its host, so nothing would prove that it writes no more" + taken
            return report
        }
        do throws(HostError) {
            _ = try await host.controlFile(deadline: SystemClock.deadline(in: Self.patience))
            _ = try await host.serverProcess(deadline: SystemClock.deadline(in: Self.patience))
            report.answersNow = true
            report.detail = "its host answers now and is a machine of \(site): it could prove nothing with \(site) gone"
        } catch {
            report.answersNow = false
            report.detail = "its host does not answer even now (\(error)), and is a machine of \(site)"
        }
        report.detail += taken
        return report
    }

    /// The topology's own fence, which need not stand at the site: whether it could be used now.
    private func ask(_ fence: any Fencing, _ report: EvidenceReport, accepted: String) async -> EvidenceReport {
        var report = report
        do throws(HostError) {
            try await fence.check(deadline: SystemClock.deadline(in: Self.patience))
            report.answersNow = true
            report.survives = nil
            report.detail =
                "its own fence answers now (\(fence.words)); whether it does with \(site) gone only you can know"
                + accepted
        } catch {
            report.answersNow = false
            report.detail = "its own fence does not answer even now: \(error)" + accepted
        }
        return report
    }

    private func pooler(_ pooler: Pooler) -> EvidenceReport {
        let survives = pooler.site != site
        return EvidenceReport(
            kind: .pooler, item: pooler.name, survives: survives, answersNow: nil,
            detail: survives
                ? "it stands at \(pooler.site), and leads clients to whoever is promoted"
                : "it is lost with \(site), and leads nobody: what it owes is done once it is back",
            remedy: survives ? nil : "lead the clients of \(pooler.name) through a pooler of another site, too")
    }
}
