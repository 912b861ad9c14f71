import BatonCore
import Testing

@testable import BatonEngine
@testable import BatonHosts

/// What is left on the disk of a real server that was killed.
@Suite(.serialized)
struct ServerRemainsSerialTests {
    private let permit = Permit(run: "test", step: "test")

    private func said(_ directory: Node.DataDirectory, _ account: Account, _ statement: String) async throws -> String {
        let socket = directory.path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
        let result = try await Program.run(
            directory.binDirectory + "/psql",
            ["-X", "-q", "-A", "-t", "-h", socket, "-d", "postgres", "-c", statement],
            as: account, deadline: soon())
        #expect(result.status == 0, "\(result.complaint)")
        return result.output.split(separator: "\n").last.map(String.init) ?? ""
    }

    @Test("the end of its log, the commits beyond a position, whom it waited for, and its logical slots")
    func remains() async throws {
        try await withDataDirectory { directory, account in
            try append("wal_level = logical\nautovacuum = off\n", to: directory.path + "/postgresql.conf")
            let host = LocalDatabaseHost(directory)
            try await host.start(permit: permit, deadline: soon())
            _ = try await said(directory, account, "CREATE TABLE t (i int)")
            _ = try await said(directory, account, "SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
            _ = try await said(directory, account, "SELECT pg_create_physical_replication_slot('east')")
            _ = try await said(
                directory, account, "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (\"e''x\", y)'")
            func flushed() async throws -> LSN {
                try #require(LSN(try await said(directory, account, "SELECT pg_current_wal_flush_lsn()")))
            }
            let replayed = try await flushed()
            for _ in 0..<3 { _ = try await said(directory, account, "INSERT INTO t VALUES (1)") }
            let received = try await flushed()
            for _ in 0..<5 { _ = try await said(directory, account, "INSERT INTO t VALUES (2)") }
            let end = try await flushed()
            try await host.stop(.kill, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())

            let remains = await host.remains(beyond: received, replayed: replayed, on: 1, deadline: soon())
            #expect(remains.logEnd == end)
            #expect(remains.commits == 5)
            #expect(remains.logicalSlots == ["cdc"])
            #expect(remains.synchronousStandbyNames == #"FIRST 1 ("e'x", y)"#)

            // A part of a record was received: the whole of it counts as missing.
            let torn = LSN(rawValue: received.rawValue + 8)
            #expect(await host.remains(beyond: torn, replayed: replayed, on: 1, deadline: soon()).commits == 5)
            let none = await host.remains(beyond: end, replayed: end, on: 1, deadline: soon())
            #expect(none.logEnd == end && none.commits == 0)
            let unknown = await host.remains(beyond: received, replayed: nil, on: 1, deadline: soon())
            #expect(unknown.logEnd == end && unknown.commits == nil)
            let beyond = LSN(rawValue: 1 << 40)
            let elsewhere = await host.remains(beyond: beyond, replayed: beyond, on: 1, deadline: soon())
            #expect(elsewhere.logEnd == nil && elsewhere.commits == nil)
        }
    }

    @Test("without a data directory nothing is known")
    func nothing() async {
        let host = LocalDatabaseHost(Node.DataDirectory(path: "/nonexistent", binDirectory: binDirectory))
        let position = LSN(rawValue: 1)
        #expect(await host.remains(beyond: position, replayed: position, on: 1, deadline: soon()) == ServerRemains())
    }

    @Test(
        "a setting's last line counts, quoted or not; what is brought in is not looked at",
        arguments: [
            ("a = 1\nA = '2' # two\n", "2"), ("a 'it''s'", "it's"), ("#a = 1", nil), ("ab = 1", nil),
            ("a = on#x", "on"),
            ("a = ''", ""),
        ])
    func settings(text: String, value: String?) { #expect(ConfigurationText.value(of: "a", in: text) == value) }
}
