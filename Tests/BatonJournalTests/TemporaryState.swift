import BatonCore
import Glibc

@testable import BatonJournal

/// A state directory of its own under /tmp, removed when the test ends.
final class TemporaryState: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/baton-journal-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError("create a directory in /tmp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        if let stream = opendir(path) {
            var names: [String] = []
            while let entry = readdir(stream) {
                names.append(
                    withUnsafeBytes(of: entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    })
            }
            closedir(stream)
            for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

/// A run's records, made up but of every shape that a journal holds.
enum Sample {
    static let run = RunID("20261121T020304000Z-0a1b2c")

    static func header(run: RunID = run) -> RunHeader {
        RunHeader(
            run: run, command: "switchover", operatorName: "ana", host: "ops-1", processID: 4_711, reason: nil,
            playbook: FileIdentity(name: "planned-switchover", sha256: Digest.sha256(Array("playbook".utf8))),
            topology: FileIdentity(name: "lab", sha256: Digest.sha256(Array("topology".utf8))), toSite: "east",
            planSHA256: Digest.sha256(Array("plan".utf8)), backOf: nil,
            startedAt: WallTime(microsecondsSince1970: 1_795_000_000_000_000),
            startedInstant: Instant(nanoseconds: 5_000_000_000))
    }

    static func entry(_ number: Int) -> JournalEntry {
        let item = ItemID("freeze.pause", on: .pooler("pool"))
        var verdict = Verdict.block(
            "Zeichen wie ä, \"Anführung\", \\ und \n stehen darin", remedy: "psql -c 'select 1/2'",
            observed: .bytes(ByteCount(Int64(number) * 1_000)), limit: .span(.milliseconds(250)))
        verdict.age = .microseconds(1_234)
        let events: [Event] = [
            .started,
            .surveyed([
                Observation(FactKey(.node("west-db"), .timeline), .value(.number(.max)), evidence: "1"),
                Observation(FactKey(.node("east-db"), .slot, detail: "west"), .unknown("timed out")),
            ]),
            .judged(item, attempt: 1, verdict), .reported(item, attempt: 2, .unknown("no answer")),
            .observed(item, attempt: 3, [Observation(FactKey(.pooler("pool"), .leadsTo), .value(.nothing))]),
            .interrupted(by: "SIGTERM"), .leaseLost(node: "west-db", why: "server closed the connection"),
            .decided(Decision(item: item, choice: .returnToOld, reason: "see /tmp/x", by: "ana")),
        ]
        return JournalEntry(
            at: WallTime(microsecondsSince1970: 1_795_000_000_000_000 + Int64(number) * 1_500),
            instant: Instant(nanoseconds: 5_000_000_000 + Int64(number) * 1_500_000),
            event: events[number % events.count], rule: "step.announced", why: "Because.", note: "note \(number)",
            state: .advancing,
            announced: number % 3 == 0
                ? [Call("pgbouncer.pause", on: .pooler("pool"), Arguments(["wait": .span(.seconds(5))]))] : [])
    }

    static let closing = RunClosing(
        outcome: "completed", at: WallTime(microsecondsSince1970: 1_795_000_001_000_000), entries: 0)

    /// A journal with that many entries, as it stands on disk.
    static func journal(entries: Int, closed: Bool = true) throws -> (bytes: [UInt8], state: TemporaryState) {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: run)
        let journal = try JournalFile.create(in: directory, header: header())
        for number in 0..<entries { try journal.append(entry(number), durably: number % 5 == 0) }
        if closed { try journal.close(closing) }
        return (try directory.read("journal.jsonl"), state)
    }
}

/// The lines of a file, each without its newline.
func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
}

func joined(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [UInt8(ascii: "\n")] } }

/// Ends an altered line in the right hash, as somebody would who knows how.
func rehashed(_ line: String) -> [UInt8] {
    let body = Array(line.utf8)
    return Array(body.dropLast()) + Array(",\"hash\":\"\(Digest.sha256(body))\"}".utf8)
}
