import BatonCore
import Testing

@testable import BatonPlaybooks

/// A generator with a fixed seed (SplitMix64), so that every run tests the same files.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Mutated files")
struct MutationTests {
    private static let pieces = [
        "[", "]", "{", "}", ":", ": ", "- ", "? ", "\"", "'", "#", " #", "&a ", "*a", "!t ", "|\n", ">\n", "\n", "\n\n",
        "\t",
        "  ", "%", "@", "`", ",", "---\n", "...\n", "<<: ", "~", "null", "\u{0}", "\u{7F}", "é", "\u{1F600}", "\r\n",
        "\r",
        "\\", "0", "-1", "1e9", "together:\n", "on: ", "do: ", "gate: ", "baton: ", "\u{FEFF}", "\u{2028}",
    ]

    private static func mutate(_ text: String, _ random: inout SeededGenerator) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard !scalars.isEmpty else { break }
            let place = Int.random(in: 0..<scalars.count, using: &random)
            let length = min(scalars.count - place, Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: scalars.removeSubrange(place..<place + length)
            case 1: scalars.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").unicodeScalars, at: place)
            case 2:
                scalars.insert(
                    contentsOf: scalars[place..<place + length], at: Int.random(in: 0..<scalars.count, using: &random))
            case 3: scalars.swapAt(place, Int.random(in: 0..<scalars.count, using: &random))
            default:
                scalars.replaceSubrange(
                    place..<place + 1, with: (pieces.randomElement(using: &random) ?? "").unicodeScalars)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test("No mutation of a playbook crashes, and each loads or has sound complaints")
    func playbooks() {
        var random = SeededGenerator(state: 1)
        var refused = 0
        for _ in 0..<1_000 {
            let text = Self.mutate(GoodFiles.playbook, &random)
            do {
                expectSound(try loadPlaybook(text))
            } catch let failure as LoadFailure {
                refused += 1
                #expect(failure.complaints.contains { $0.severity == .error })
                expectSound(failure.complaints)
            } catch {
                Issue.record("\(error)")
            }
            _ = FileKind.detect(text)
        }
        #expect(refused > 500, "mutations that all load would test nothing")
    }

    @Test("No mutation of a scenario file crashes, and each loads or has sound complaints")
    func scenarios() {
        var random = SeededGenerator(state: 4)
        var refused = 0
        for _ in 0..<1_000 {
            let text = Self.mutate(ScenarioTests.form, &random)
            do {
                expectSound(
                    try ScenarioLoader.parse(text: text, path: "s.yaml", faults: ScenarioTests.faults).complaints)
            } catch let failure as LoadFailure {
                refused += 1
                #expect(failure.complaints.contains { $0.severity == .error })
                expectSound(failure.complaints)
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(refused > 500, "mutations that all load would test nothing")
    }

    @Test("No mutation of a topology crashes, and none ever shows a password written in plain")
    func topologies() throws {
        let plain = try #require(GoodFiles.with(GoodFiles.topology, "\"file:east.pw\"", "\"hunter2\""))
        var random = SeededGenerator(state: 2)
        for _ in 0..<1_000 {
            let text = Self.mutate(plain, &random)
            // A copy of the password in another place, a name say, is no secret that anybody could recognise.
            guard text.split(separator: "unter2", omittingEmptySubsequences: false).count == 2 else { continue }
            do {
                expectSound(try loadTopology(text))
            } catch let failure as LoadFailure {
                expectSound(failure.complaints)
                #expect(!failure.description.contains("unter2"), "\(text)\n\(failure)")
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test("Any bytes at all are answered, not crashed on")
    func bytes() {
        var random = SeededGenerator(state: 3)
        for _ in 0..<300 {
            var bytes = Array(GoodFiles.topology.utf8)
            for _ in 0..<8 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let text = try? SourceText(bytes: bytes, path: "x")
            #expect(
                text != nil || String(validating: bytes, as: UTF8.self) == nil
                    || bytes.contains { $0 < 32 || $0 == 127 || $0 > 127 })
        }
    }
}
