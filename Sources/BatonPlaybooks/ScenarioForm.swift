import BatonCore

/// Reads a scenario file's keys: the header and the scenarios.
struct ScenarioForm {
    static let keys = ["baton", "playbook", "topology", "to", "scenarios"]
    static let scenarioKeys = ["name", "given", "expect", "at"]
    /// Words of other tools, and what they are called here.
    private static let hints = [
        "title": "name", "scenario": "name", "faults": "given", "when": "given", "outcome": "expect", "then": "expect",
        "expected": "expect", "step": "at", "gate": "at", "where": "at",
    ]

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
        let hints = ["tests": "scenarios", "cases": "scenarios", "site": "to"]
        guard
            let fields = Fields(root, "the scenario file", keys: ScenarioForm.keys, hints: hints, complaints)
        else { return nil }
        _ = fields.required("baton", example: "scenarios/v1")
        let playbook = fields.required("playbook", example: "planned-switchover.yaml").flatMap {
            values.path($0, "`playbook`")
        }
        let topology = fields["topology"].flatMap { values.path($0, "`topology`") }
        let site = readSite(fields)
        let scenarios = fields.required("scenarios", example: "[{ name: All is well, expect: completed }]").map {
            readScenarios($0)
        }
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
        return fields.required("to", example: "east").flatMap { complaints.name($0, "The site `to`") }
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
            guard
                let fields = Fields(
                    entry, "a scenario", keys: ScenarioForm.scenarioKeys, hints: ScenarioForm.hints, complaints)
            else { return nil }
            return readScenario(fields, seen: &lines)
        }
    }

    private mutating func readScenario(_ fields: Fields, seen lines: inout [String: Int]) -> Scenario? {
        let name = fields.required("name", example: "A standby that lags too far is refused").flatMap {
            complaints.text($0, "The scenario's name")
        }
        if let name, let position = fields["name"]?.position {
            if let first = lines[name] {
                complaints.error(
                    .duplicateName, at: position,
                    "The scenario in line \(first) has the name \(shown(name)) too, and results are told by name.",
                    remedy: "Give each scenario its own name.")
            }
            lines[name] = lines[name] ?? position.line
        }
        let given = fields["given"].map { readGiven($0) } ?? []
        let expect = fields.required("expect", example: Expectation.refused.rawValue).flatMap {
            complaints.word($0, "The expected outcome", Expectation.self)
        }
        let at = readEnd(fields, expect)
        guard let name, let expect else { return nil }
        return Scenario(name: name, given: given, expect: expect, at: at, line: fields.position.line)
    }

    private mutating func readEnd(_ fields: Fields, _ expect: Expectation?) -> String? {
        guard let value = fields["at"], let step = complaints.name(value, "The step `at`") else { return nil }
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
