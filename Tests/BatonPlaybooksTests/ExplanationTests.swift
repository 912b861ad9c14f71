import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("What the codes mean")
struct ExplanationTests {
    private static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    @Test("Every code has an explanation, in sentences", arguments: ComplaintCode.allCases)
    func complete(_ code: ComplaintCode) throws {
        let explanation = try #require(code.explanation, "add one to its family's dictionary")
        for text in [explanation.meaning, explanation.why, explanation.incident].compactMap(\.self) {
            #expect(text.hasSuffix(".") && text.first?.isUppercase == true || text.hasPrefix("`"), "\(text)")
            #expect(!text.contains("\n"))
        }
        // Right without wrong would be right of what?
        #expect(explanation.right == nil || explanation.wrong != nil)
    }

    @Test(
        "What is called wrong has this very complaint, and what is called right has none",
        arguments: ComplaintCode.allCases)
    func examples(_ code: ComplaintCode) throws {
        guard let explanation = code.explanation, let wrong = explanation.wrong else { return }
        let found = try complaints(about: wrong, like: explanation.right)
        #expect(found.contains { $0.code == code.rawValue }, "\(wrong)\n\(LoadFailure(complaints: found))")
        guard let right = explanation.right else { return }
        let none = try complaints(about: right, like: wrong)
        #expect(
            !none.contains { $0.severity == .error || $0.code == code.rawValue },
            "\(right)\n\(LoadFailure(complaints: none))")
    }

    @Test("An example that could be shown is shown: only these codes need more than a file")
    func withoutExample() {
        let without = ComplaintCode.allCases.filter { $0.explanation?.wrong == nil }
        #expect(
            Set(without) == [
                .unreadableFile, .fileTooLarge, .notUTF8, .nestedTooDeep, .momentNeverComes, .noPlan,
                // A playbook and a topology.
                .standbyLeftBehind, .settledTooEarly, .emptyRole, .hostNotControlled, .routeUnmeasured, .sitesShareHost,
                .haltUntold, .needsLostNode, .needsLostPooler, .needsLostRoute, .routeThroughLostSite, .batonAtLostSite,
                .needsResolver, .secretElsewhere, .noticeAtLostSite, .fenceAtLostSite, .nothingSurvives,
            ])
    }

    @Test("A code is found with and without its prefix, and a misspelt one has a nearest")
    func names() {
        #expect(ComplaintCode.named("BTN-missing-unit") == .success(.missingUnit))
        #expect(ComplaintCode.named("Missing-Unit") == .success(.missingUnit))
        #expect(ComplaintCode.named("btn-missing-unti") == .failure(UnknownCode(nearest: .missingUnit)))
        #expect(ComplaintCode.named("earthquake") == .failure(UnknownCode(nearest: nil)))
    }

    // MARK: Frames

    /// The complaints about a good file in which the passage stands in the place of the keys that it and its counterpart
    /// have.
    private func complaints(about passage: String, like other: String?) throws -> [Complaint] {
        let keys = Self.keys(passage).union(Self.keys(other ?? ""))
        let topology = Set(TopologyKeys.root.names), scenarios = Set(ScenarioKeys.root.names)
        let own = keys.subtracting(PlaybookKeys.root.names)
        do {
            if keys.isEmpty { return try loadPlaybook(passage) }
            if own.contains("scenarios"), own.isSubset(of: scenarios) {
                return try scenarioComplaints(Self.framed(passage, in: ScenarioTests.form, instead: keys))
            }
            if !own.isEmpty, own.isSubset(of: topology) {
                let frame = GoodFiles.topology + "notify:\n"
                return try loadTopology(Self.framed(passage, in: frame, instead: keys))
            }
            let text = try Self.framed(passage, in: GoodFiles.playbook, instead: keys)
            let loaded = try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: Self.catalogue)
            return loaded.complaints + StaticSafety(loaded, catalogue: Self.catalogue).complaints
        } catch let failure as LoadFailure {
            return failure.complaints
        }
    }

    private func scenarioComplaints(_ text: String) throws -> [Complaint] {
        let scenarios = try ScenarioLoader.parse(text: text, path: "s.yaml", faults: ScenarioTests.faults)
        let identity = FileIdentity(name: "x", sha256: "")
        let plan = try Planner(catalogue: Self.catalogue).plan(
            PlaybookLoader.parse(text: GoodFiles.playbook, path: "p.yaml", catalogue: Self.catalogue).playbook,
            identity: identity, on: TopologyLoader.parse(text: GoodFiles.topology, path: "t.yaml").topology,
            identity: identity, to: "east")
        return scenarios.complaints + scenarios.complaints(for: plan)
    }

    /// The keys at the beginning of a line.
    private static func keys(_ text: String) -> Set<String> {
        Set(text.split(separator: "\n").compactMap { key(String($0)) })
    }

    private static func key(_ line: String) -> String? {
        guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":") else { return nil }
        return String(line[..<colon])
    }

    /// The frame with its entries of `keys` taken out and the passage in the place of the first of them. Where other
    /// entries stand between them, each part of the passage goes to the place of its own key.
    private static func framed(_ passage: String, in frame: String, instead keys: Set<String>) throws -> String {
        let order = frame.split(separator: "\n").compactMap { key(String($0)) }
        let places = order.indices.filter { keys.contains(order[$0]) }
        if let first = places.first, let last = places.last, last - first >= places.count {
            return try places.reduce(frame) { text, place in
                try framed(part(of: passage, order[place]), in: text, instead: [order[place]])
            }
        }
        var lines: [String] = []
        var isTaken = false
        var place: Int?
        for line in frame.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let key = key(line) { isTaken = keys.contains(key) }
            if isTaken { place = place ?? lines.count } else { lines.append(line) }
        }
        let index = try #require(place, "no key of \(keys) is in the frame")
        lines.insert(passage, at: index)
        return lines.joined(separator: "\n")
    }

    /// The passage's entry of one key.
    private static func part(of passage: String, _ wanted: String) -> String {
        var isWanted = false
        return passage.split(separator: "\n").filter { line in
            if let key = key(String(line)) { isWanted = key == wanted }
            return isWanted
        }.joined(separator: "\n")
    }
}
