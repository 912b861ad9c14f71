package import BatonCore

/// Judges a plan without asking anybody: folds it over an assumed world, with every prefix and its way back, and says how
/// it could end badly. The loader refuses what can never be right; this pass finds what works on a good day.
package struct StaticSafety {
    private let playbook: LoadedPlaybook
    private let topology: LoadedTopology?
    private let catalogue: Catalogue

    /// Without a topology the plan is judged on the pair that stands for every one.
    package init(_ playbook: LoadedPlaybook, topology: LoadedTopology? = nil, catalogue: Catalogue) {
        self.playbook = playbook
        self.topology = topology
        self.catalogue = catalogue
    }

    /// Every way to a bad end, each once, sorted. On a topology each direction between its sites is judged, with each node
    /// that may become new.
    package var complaints: [Complaint] {
        let (plans, problems) = plans(to: topology?.topology.directions ?? [AssumedPair.toSite])
        var findings = problems
        for plan in plans {
            for candidate in plan.candidates {
                let binding = Binding(old: plan.assumedBinding.old, new: candidate)
                let course = Course(plan, binding: binding, catalogue: catalogue)
                findings += course.findings
                if topology != nil { findings += course.pairFindings }
            }
        }
        return render(findings)
    }

    /// What a run that moves the role away from the site would still need there.
    package func complaints(assumingDown site: String) -> [Complaint] {
        guard let topology = topology?.topology else { return [] }
        let others = topology.sites.filter { other in other != site && topology.nodes.contains { $0.site == other } }
        let (plans, problems) = plans(to: others)
        var findings = problems
        for plan in plans {
            // The lost site has the primary: that is why somebody fails over.
            let old = topology.nodes.first { $0.site == site }?.name ?? plan.assumedBinding.old
            let course = Course(plan, binding: Binding(old: old, new: plan.candidates[0]), catalogue: catalogue)
            findings += LostSite(site, course).findings
        }
        if others.isEmpty { findings.append(LostSite.nothingLeft(site, mode: playbook.playbook.mode)) }
        return render(findings)
    }

    /// The plans towards the sites that have a node to promote, and why some of them are none.
    private func plans(to sites: [String]) -> (plans: [Plan], problems: [SafetyFinding]) {
        let known = topology?.topology ?? AssumedPair.scope.topology
        var plans: [Plan] = []
        var problems: [SafetyFinding] = []
        for site in sites {
            guard known.nodes.contains(where: { $0.site == site }), known.nodes.contains(where: { $0.site != site })
            else { continue }
            do {
                plans.append(
                    try Planner(catalogue: catalogue).plan(
                        playbook.playbook, identity: FileIdentity(name: playbook.playbook.name, sha256: ""), on: known,
                        identity: FileIdentity(name: known.name, sha256: ""), to: site))
            } catch {
                problems += error.problems.map { problem in
                    .error(
                        .emptyRole, at: problem.line.map { .line($0) } ?? .key("name"),
                        "This step would pass by doing nothing: \(problem.message).",
                        way: [
                            "The step finds nobody to ask or to act on.",
                            "It passes, and the run goes on without what it was meant for.",
                        ], remedy: "\(problem.remedy.atStart).")
                }
            }
        }
        return (plans, problems)
    }

    // MARK: In words of the files

    private func render(_ findings: [SafetyFinding]) -> [Complaint] {
        struct Said: Hashable {
            var code: ComplaintCode
            var place: SafetyFinding.Place
        }
        var said: Set<Said> = []
        return findings.filter { said.insert(Said(code: $0.code, place: $0.place)).inserted }.map(complaint).sorted()
    }

    private func complaint(_ finding: SafetyFinding) -> Complaint {
        let isInTopology: Bool
        let line: Int
        let lines: [String]
        switch finding.place {
        case .line(let number): (isInTopology, line) = (false, number)
        case .key(let key): (isInTopology, line) = (false, Self.line(ofKey: key, in: playbook.lines, indented: false))
        case .thing(let name):
            (isInTopology, line) = (true, Self.line(ofKey: name, in: topology?.lines ?? [], indented: true))
        case .topologyKey(let key):
            (isInTopology, line) = (true, Self.line(ofKey: key, in: topology?.lines ?? [], indented: false))
        }
        lines = isInTopology ? topology?.lines ?? [] : playbook.lines
        let text = lines.indices.contains(line - 1) ? lines[line - 1] : ""
        let lead = text.unicodeScalars.prefix { $0 == " " || $0 == "-" }.count
        // A line of a topology may hold a secret.
        let isShown = !isInTopology && text.unicodeScalars.count <= Complaints.longestLine
        return Complaint(
            severity: finding.severity, code: finding.code.rawValue,
            file: isInTopology ? topology?.path ?? "" : playbook.path, line: line, column: lead + 1,
            length: isShown ? max(1, text.unicodeScalars.count - lead) : 1, message: finding.message,
            remedy: finding.remedy, sourceLine: isShown ? printable(text) : nil, way: finding.way)
    }

    /// From 1; 1 where the file does not say it.
    private static func line(ofKey key: String, in lines: [String], indented: Bool) -> Int {
        let index = lines.firstIndex { line in
            let start = line.prefix { $0 == " " }
            return start.isEmpty != indented && line.dropFirst(start.count).hasPrefix("\(key):")
        }
        return (index ?? 0) + 1
    }
}

extension Topology {
    /// The sites, the one of the first node last: away from it is the direction that people mean.
    fileprivate var directions: [String] {
        let first = nodes.first?.site
        return sites.filter { $0 != first } + sites.filter { $0 == first }
    }
}

extension LoadedPlaybook {
    fileprivate var lines: [String] { SourceText.split(text) }
}

extension LoadedTopology {
    fileprivate var lines: [String] { SourceText.split(text) }
}
