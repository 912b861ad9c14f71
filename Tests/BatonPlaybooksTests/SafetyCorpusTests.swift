import BatonActions
import BatonCore
import Foundation
import Testing

@testable import BatonPlaybooks

/// A file of the corpus: a playbook, and in its first comments on what it is judged and what must come of it.
struct SafetyFile: Sendable, CustomTestStringConvertible {
    static let directory =
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/Corpus"
    static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    /// Relative to the corpus.
    var path: String
    var text: String

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOfFile: "\(Self.directory)/\(path)", encoding: .utf8)
    }

    static func all(in folder: String) -> [SafetyFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().compactMap { try? SafetyFile("\(folder)/\($0)") }
    }

    /// The value of `# Key: value`.
    func comment(_ key: String) -> String? {
        text.split(separator: "\n").prefix { $0.hasPrefix("#") }.first { $0.hasPrefix("# \(key): ") }
            .map { String($0.dropFirst(key.count + 4)) }
    }

    var code: String { comment("Code") ?? "" }
    /// Codes that the mistake raises besides its own.
    var also: Set<String> { Set((comment("Also") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }) }
    var blamesTopology: Bool { comment("Blame")?.hasSuffix("topology") ?? false }
    var blame: Int { comment("Blame").flatMap { Int($0.split(separator: " ")[1]) } ?? 0 }

    var testDescription: String { path }

    /// What `baton check` says of it, the loader's complaints included.
    func complaints() throws -> [Complaint] {
        let full = "\(Self.directory)/\(path)"
        let loaded: LoadedPlaybook
        do {
            loaded = try PlaybookLoader.load(path: full, catalogue: Self.catalogue)
        } catch let failure as LoadFailure {
            return failure.complaints
        }
        let topology = try comment("Topology").map {
            try TopologyLoader.load(path: "\(Self.directory)/Topologies/\($0)")
        }
        let safety = StaticSafety(loaded, topology: topology, catalogue: Self.catalogue)
        let lost = comment("Assume-down").map { safety.complaints(assumingDown: $0) } ?? []
        return loaded.complaints + (topology?.complaints ?? []) + safety.complaints + lost
    }
}

@Suite("Static safety of whole playbooks")
struct SafetyCorpusTests {
    static let unsafePlaybooks = SafetyFile.all(in: "Unsafe")
    static let goodPlaybooks = SafetyFile.all(in: "Good")

    /// Found in files that load.
    static let codesOfTheFold = Set(
        ComplaintCode.allCases.drop { $0 != .clientsCutOff }.prefix { $0 != .unknownFault })

    @Test("The corpus is there")
    func corpus() {
        #expect(Self.unsafePlaybooks.count >= 60)
        #expect(Self.goodPlaybooks.count >= 15)
    }

    @Test(
        "An unsafe playbook raises its code on its line, and nothing that it does not announce",
        arguments: unsafePlaybooks)
    func unsafe(_ file: SafetyFile) throws {
        let complaints = try file.complaints()
        let own = complaints.filter { $0.code == file.code }
        let found = own.contains { $0.line == file.blame && $0.file.contains("/Topologies/") == file.blamesTopology }
        #expect(found, "\(LoadFailure(complaints: complaints))")
        #expect(Set(complaints.map(\.code)).subtracting(file.also) == [file.code])
        #expect(file.also.isSubset(of: Set(complaints.map(\.code))), "announced and not raised")
        expectSound(complaints.sorted())
    }

    @Test("A safe playbook raises nothing", arguments: goodPlaybooks)
    func good(_ file: SafetyFile) throws {
        let complaints = try file.complaints()
        #expect(complaints.isEmpty, "\(LoadFailure(complaints: complaints))")
    }

    @Test("Each names its incident and the safe file that it was before one thing changed", arguments: unsafePlaybooks)
    func origin(_ file: SafetyFile) throws {
        #expect(file.comment("Incident") != nil && file.comment("Wrong") != nil)
        let mend = try SafetyFile(#require(file.comment("Mend")))
        #expect(Self.goodPlaybooks.contains { $0.path == mend.path })
        func body(_ file: SafetyFile) -> [Substring] {
            file.text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("name:") }
        }
        let difference = body(file).difference(from: body(mend))
        #expect(difference.count <= 16, "one thing changed")
        let isOther = !difference.isEmpty || file.comment("Topology") != mend.comment("Topology")
        #expect(isOther || file.comment("Assume-down") != nil)
    }

    @Test("Every code of the safety family has its unsafe playbook")
    func complete() {
        let codes = Set(Self.unsafePlaybooks.map(\.code))
        let family = ComplaintCode.allCases.drop { $0 != .promoteWithoutFence }.prefix { $0 != .unknownFault }
        #expect(family.filter { !codes.contains($0.rawValue) } == [])
        #expect(codes.count == Self.unsafePlaybooks.count)
    }

    @Test("Every finding of the fold tells the way to the bad end, in whole sentences")
    func ways() throws {
        for file in Self.unsafePlaybooks {
            for complaint in try file.complaints() {
                guard let way = complaint.way else { continue }
                #expect(way.count >= 2, "\(file.path) \(complaint.code)")
                for sentence in way {
                    let isWhole = sentence.hasSuffix(".") && !sentence.hasSuffix("..")
                    #expect(isWhole, "\(file.path): \(sentence)")
                }
            }
        }
    }

    @Test("The shipped playbook is safe by itself and on the lab's topology")
    func shipped() throws {
        let root = SafetyFile.directory.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let playbook = try PlaybookLoader.load(
            path: root.joined(separator: "/") + "/Playbooks/planned-switchover.yaml", catalogue: SafetyFile.catalogue)
        let lab = try TopologyLoader.parse(text: GoodFiles.topology, path: "/lab/topology.yaml")
        #expect(StaticSafety(playbook, catalogue: SafetyFile.catalogue).complaints.isEmpty)
        #expect(StaticSafety(playbook, topology: lab, catalogue: SafetyFile.catalogue).complaints.isEmpty)
    }
}
