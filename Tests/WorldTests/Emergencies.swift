import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension RunningBaton {
    /// Does something while the process sees and does nothing.
    func sleeping(_ body: () async throws -> Void) async throws {
        send(SIGSTOP)
        defer { send(SIGCONT) }
        try await body()
    }

    /// Waits until what a returned node wrote is part of the record, for the so many-th time.
    func measures(_ times: Int = 1) async throws {
        try await until("a divergence is measured") {
            $0.entries.count { if case .divergenceMeasured = $0.event { true } else { false } } >= times
        }
    }
}

/// What tests of emergencies share: the promotion, and a lost primary that somebody starts again.
extension WorldFixture {
    static let emergency = String(playbook.dropLast("planned-switchover.yaml".count) + "emergency-promotion.yaml")

    /// The emergency playbook, whose promotion is given up after so long instead of a minute.
    func emergency(promotionDeadline: String) throws -> String {
        let text = try #require(LabFiles.read(Self.emergency))
        let step = "  - do: postgres.promote\n    on: new\n"
        try #require(text.contains(step))
        let path = "\(state)/emergency.yaml"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        let changed = text.replacing(step, with: step + "    deadline: \(promotionDeadline)\n")
        try #require(LabFiles.put(changed, into: descriptor))
        return path
    }

    /// The command line of a promotion of east, whatever is lost.
    static func promotion(
        _ more: [String] = [], playbook: String = emergency, to site: String = "east"
    ) -> [String] {
        [
            "promote", playbook, "--to", site, "--reason", "west lost power", "--accept-loss", "unknown", "-y",
            "--format", "json",
        ] + more
    }

    func promote(_ more: String..., to site: String = "east") async throws -> Answer {
        try await Self.baton(Self.promotion(more, to: site) + ["--state", state])
    }

    func promoting(
        _ more: String..., playbook: String = emergency, launcher: [String] = [], state: String? = nil,
        to site: String = "east", _ meanwhile: (RunningBaton) async throws -> Void
    ) async throws -> Answer {
        let topology = state == nil ? [] : ["-t", try #require(status.topology)]
        return try await during(
            Self.promotion(topology + more, playbook: playbook, to: site), state: state, launcher: launcher, meanwhile)
    }

    /// The lab's topology without a way to the host of its first node, west-db.
    func withoutControl(_ topology: String) -> String {
        var lines = topology.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let control = lines.firstIndex(of: "    control:") { lines.removeSubrange(control..<(control + 4)) }
        return lines.joined(separator: "\n")
    }

    func server(_ name: String) throws -> LocalServer {
        try #require(lab.servers(lab.existing()).first { $0.node.name == name }).local
    }

    /// Takes the mark of a fenced node away and starts it, as somebody does who knows of no promotion.
    func startAsPrimary(_ name: String) async throws {
        unlink(try node(name).dataDirectory + "/standby.signal")
        try await server(name).start(deadline: Self.soon())
    }

    /// A node comes back as a primary, and clients write so many rows there.
    func returns(_ name: String, writing count: Int) async throws {
        try await startAsPrimary(name)
        let written = try await writeOrders(on: name, most: count)
        try #require(written == count)
    }

    /// Writes rows into `orders` on a node until it ends, or so many are written; how many were acknowledged. None where it
    /// has ended before the first.
    func writeOrders(on name: String, most: Int = .max) async throws -> Int {
        guard let session = try? await superuser(name) else { return 0 }
        var count = 0
        do {
            while count < most {
                _ = try await session.query("INSERT INTO orders VALUES (\(count))", deadline: Self.soon())
                count += 1
            }
        } catch {
            // It was ended.
        }
        await session.close()
        return count
    }

    /// Makes the table that clients of a returned primary write to, on both nodes.
    func makeOrders() async throws {
        try await sql("west-db", "CREATE TABLE orders (id int)")
        try await wait("east-db", until: "SELECT to_regclass('orders') IS NOT NULL")
    }

    /// Where the promoted node left the timeline that it shares with old.
    func switchPoint() async throws -> String {
        let rows = try await sql("east-db", "SELECT pg_read_file('pg_wal/00000002.history') AS history")
        let fields = try rows.single().text("history").split { $0 == "\t" || $0 == "\n" }
        return String(try #require(fields.count > 1 ? fields[1] : nil))
    }

    /// East alone accepts writes, clients reach it, and old has no process.
    func expectOneWriter(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await write() == node("east-db").port, sourceLocation: sourceLocation)
        #expect(try await server("west-db").processes(deadline: Self.soon()).isEmpty, sourceLocation: sourceLocation)
        #expect(
            LabFiles.exists(try node("west-db").dataDirectory + "/standby.signal"), sourceLocation: sourceLocation)
        // What is owed leaves the record without an end.
        let audit = try await baton("audit", "verify", "latest", "--format", "json")
        #expect(
            ["intact", "unfinished"].contains(audit.json["verdict"]), "\(audit.text)", sourceLocation: sourceLocation)
    }

    /// The report of a split brain: the right position, and no row less than clients had acknowledged.
    func expectSplitBrain(
        _ answer: JSONAnswer, acknowledged: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try #require(answer["splitBrain"].list.last, "\(answer)", sourceLocation: sourceLocation)
        #expect(found["node"] == .text("west-db"), sourceLocation: sourceLocation)
        #expect(found["fencedAt"] != .null, sourceLocation: sourceLocation)
        #expect(
            found["firstDivergingLSN"] == .text(try await switchPoint()), "\(found)", sourceLocation: sourceLocation)
        #expect(found["timeline"] == .number(1), sourceLocation: sourceLocation)
        // The one that was cut off may have been committed, too.
        let rows = found["relations"].list.first { $0["name"] == .text("public.orders") }?["rows"]
        let allowed = [JSONAnswer.number(Double(acknowledged)), .number(Double(acknowledged + 1))]
        #expect(
            acknowledged == 0 || rows.map(allowed.contains) == true, "\(acknowledged) acknowledged, \(found)",
            sourceLocation: sourceLocation)
        #expect(found["bytesAfter"] != .null && found["bytesAfter"] != .number(0), sourceLocation: sourceLocation)
    }
}
