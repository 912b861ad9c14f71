import Testing

/// What a preflight foretold of a real lab, and what the run right after it did, step by step; both as their JSON tells it.
struct RealAgreement {
    /// Steps that the preflight claimed to know, and of those the ones that went otherwise.
    private(set) var compared = 0
    private(set) var disagreements: [String] = []
    /// Steps of which it said that they cannot be known before.
    private(set) var open = 0

    init(_ preflight: JSONAnswer, _ run: JSONAnswer) {
        var expected: [String: String] = [:]
        for gate in preflight["gates"].list {
            expected[Self.name(gate["id"], gate["target"])] = gate["verdict"].string
        }
        // How far a standby that receives nothing or holds its replay back is behind is what its primary happens to write
        // between two looks.
        let holding = preflight["gates"].list.filter {
            Self.holdsReplay.contains($0["gate"].string ?? "") && $0["verdict"] != "pass"
        }
        for gate in preflight["gates"].list where gate["gate"] == "postgres.replay-lag" {
            guard holding.contains(where: { $0["target"] == gate["target"] }) else { continue }
            expected[Self.name(gate["id"], gate["target"])] = "open"
        }
        for step in preflight["prediction"].list {
            // In preflight whoever does not answer stands in the way; later nobody knows yet.
            expected[Self.name(step["step"], step["target"])] =
                step["verdict"] == "unknown" ? "open" : step["verdict"].string
        }
        for step in run["steps"].list {
            let name = Self.name(step["id"], step["target"])
            let passed = ["done", "adopted", "undone"].contains(step["outcome"].string)
            switch expected[name] {
            case "open": open += 1
            case "pass", "warn": compare(passed, name, step)
            case "block", "unknown": compare(!passed, name, step)
            default: disagreements.append("\(name) was not foretold")
            }
            // What comes after a step that failed was foretold for another world.
            if !passed, step["phase"] != "preflight" { return }
        }
    }

    private static let holdsReplay: Set<String> = [
        "postgres.streaming", "postgres.replay-paused", "postgres.apply-delay", "postgres.settings-parity",
    ]

    private mutating func compare(_ agrees: Bool, _ name: String, _ step: JSONAnswer) {
        compared += 1
        if !agrees {
            disagreements.append("\(name) was \(step["outcome"].string ?? "?"): \(step["evidence"].string ?? "")")
        }
    }

    private static func name(_ step: JSONAnswer, _ target: JSONAnswer) -> String {
        "\(step.string ?? "?") on \(target.string ?? "?")"
    }

    func expect(sourceLocation: SourceLocation = #_sourceLocation) {
        Attachment.record(
            "\(compared) steps foretold and run, \(compared - disagreements.count) agree, \(open) left open\n",
            named: "agreement-on-a-lab.txt", sourceLocation: sourceLocation)
        #expect(compared > 10, sourceLocation: sourceLocation)
        #expect(disagreements.isEmpty, "\(disagreements)", sourceLocation: sourceLocation)
    }
}
