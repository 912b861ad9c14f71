import BatonCore

/// Reads a scenario file's keys: the header and the scenarios.
struct ScenarioForm {
    let complaints: Complaints
    let faults: [FaultDeclaration]
    private let values: TopologyValues
    private(set) var mentions: [ScenarioMention] = []

    init(complaints: Complaints, faults: [FaultDeclaration], paths: FilePaths) {
        self.complaints = complaints
        self.faults = faults
        values = TopologyValues(complaints: complaints, paths: paths)
    }

    mutating func read(_ root: YAMLValue) -> ScenarioFile? {
        guard let fields = Fields(root, ScenarioKeys.root, complaints) else { return nil }
        let playbook = fields["playbook"].flatMap { values.path($0, "`playbook`") }
        let topology = fields["topology"].flatMap { values.path($0, "`topology`") }
        let site = readSite(fields)
        let scenarios = fields["scenarios"].map { readScenarios($0) }
        // What stands in for a missing value is never seen: the complaint about it keeps the file from loading.
        return ScenarioFile(
            playbook: playbook ?? "", topology: topology, toSite: site, scenarios: scenarios ?? [])
    }

    private func readSite(_ fields: Fields) -> String? {
        guard fields["topology"] != nil else {
            if let entry = fields.entries["to"] {
                complaints.error(
                    .unknownKey, at: entry.position,
                    "`to` names a site of a topology, and this file names no topology.",
                    remedy: "Add `topology:` with its path, or remove `to`.")
            }
            return nil
        }
        if fields["to"] == nil { fields.complainOfMissing("to") }
        return fields.name("to", "The site `to`")
    }

    private mutating func readScenarios(_ value: YAMLValue) -> [Scenario] {
        guard case .sequence(let entries) = value.content, !entries.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "`scenarios` is a list of at least one scenario; this is \(value.kind).",
                remedy: "Begin each scenario with `- name: …` below it.")
            return []
        }
        var lines: [String: Int] = [:]
        return entries.compactMap { entry in
            guard let fields = Fields(entry, ScenarioKeys.scenario, complaints) else { return nil }
            return readScenario(fields, seen: &lines)
        }
    }

    private mutating func readScenario(_ fields: Fields, seen lines: inout [String: Int]) -> Scenario? {
        let name = fields.text("name", "The scenario's name")
        if let name, let position = fields["name"]?.position {
            if let first = lines[name] {
                complaints.error(
                    .duplicateName, at: position,
                    "The scenario in line \(first) has the name \(shown(name)) too, and results are told by name.",
                    remedy: "Give each scenario its own name.")
            }
            lines[name] = lines[name] ?? position.line
        }
        let lost = fields.word("lost", "How the primary is lost", PrimaryLoss.self)
        let acceptance = readAcceptance(fields)
        let given = fields["given"].map { readGiven($0) } ?? []
        let expect = fields.word("expect", "The expected outcome", Expectation.self)
        let at = readEnd(fields, expect)
        guard let name, let expect else { return nil }
        return Scenario(
            name: name, lost: lost, acceptance: acceptance, given: given, expect: expect, at: at,
            line: fields.position.line)
    }

    /// What the command line of `promote` would accept; nil where the scenario names nothing of it.
    private mutating func readAcceptance(_ fields: Fields) -> Acceptance? {
        for key in ["lost", "accept-loss", "accept-unfenced"] {
            if let entry = fields.entries[key] { mentions.append(ScenarioMention(.emergency(key), entry.position)) }
        }
        var acceptance: Acceptance?
        if let value = fields["accept-loss"] {
            if case .scalar("unknown", _) = value.content {
                acceptance = Acceptance(loss: .unknown)
            } else if let most = complaints.bytes(value, "`accept-loss`") {
                acceptance = Acceptance(loss: .bytes(UInt64(clamping: most.bytes)))
            }
        }
        if let value = fields["accept-unfenced"] {
            let names = readNames(value)
            acceptance = acceptance ?? Acceptance()
            acceptance?.unfenced = names
        }
        return acceptance
    }

    private mutating func readNames(_ value: YAMLValue) -> [String] {
        guard case .sequence(let entries) = value.content, !entries.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "`accept-unfenced` is a list of nodes and poolers; this is \(value.kind).",
                remedy: "Write `accept-unfenced: [west-db]`.")
            return []
        }
        return entries.compactMap { entry in
            guard let name = complaints.name(entry, "A name of `accept-unfenced`") else { return nil }
            mentions.append(ScenarioMention(.unfenced(name), entry.position))
            return name
        }
    }

    private mutating func readEnd(_ fields: Fields, _ expect: Expectation?) -> String? {
        guard let value = fields["at"], let step = fields.name("at", "The step `at`") else { return nil }
        switch expect {
        case .completed, .alreadyThere:
            complaints.error(
                .unknownKey, at: fields.entries["at"]?.position ?? value.position,
                "A run that is \(shown(expect?.rawValue ?? "")) did not end at one of its steps.",
                remedy: "Remove `at`.")
        case .completedWithObligations, .refused, .rolledBack, .halted, .interrupted, nil:
            mentions.append(ScenarioMention(.step(step), value.position))
        }
        return step
    }

    private mutating func readGiven(_ value: YAMLValue) -> [GivenFault] {
        guard case .sequence(let entries) = value.content else {
            complaints.error(
                .wrongType, at: value.position, "`given` is a list of faults; this is \(value.kind).",
                remedy: "Begin each fault with `- fault: …` below it, or remove `given` when nothing goes wrong.")
            return []
        }
        var form = FaultForm(complaints: complaints, faults: faults)
        let given = entries.compactMap { form.read($0) }
        mentions += form.mentions
        return given
    }
}
