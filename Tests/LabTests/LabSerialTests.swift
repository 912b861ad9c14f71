import BatonCore
import BatonHosts
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

/// The lab with its real servers.
@Suite(.serialized)
struct LabSerialTests {
    private func soon() -> Deadline { SystemClock.deadline(in: .seconds(60)) }

    /// A lab of its own for `body`; its directory is gone afterwards.
    private func withLab(_ body: (Lab, LabStatus) async throws -> Void) async throws {
        let state = try TemporaryState()
        let lab = Lab(stateDirectory: state.path)
        var failure: (any Error)?
        do {
            try await body(lab, try await lab.up { _ in })
        } catch {
            failure = error
        }
        try await lab.down { _ in }
        await state.remove()
        if let failure { throw failure }
    }

    private func superuser(_ node: LabStatus.Node, _ database: String = "app") async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            ConnectionParameters(
                host: node.socketDirectory, port: node.port, database: database, user: "postgres"), deadline: soon())
    }

    @Test("up makes a streaming pair, listens on loopback only, and a second up changes nothing")
    func upAndDown() async throws {
        let state = try TemporaryState()
        let lab = Lab(stateDirectory: state.path)
        #expect(try await lab.status() == .absent)
        let status = try await lab.up { _ in }
        #expect(status.running)
        #expect(status.topology == state.path + "/lab/topology.yaml")
        #expect(status.nodes.map(\.role) == [.primary, .standby])
        #expect(status.nodes.map(\.site) == ["west", "east"])
        #expect(status.nodes.map(\.timeline) == [1, 1])
        #expect(status.nodes[0].replayLagBytes == nil)
        #expect(status.nodes[1].replayLagBytes != nil)

        let primary = try await superuser(status.nodes[0])
        let streams = try await primary.query(
            """
            SELECT application_name AS name, s.slot_name AS slot FROM pg_stat_replication r
            JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE state = 'streaming'
            """, deadline: soon()
        ).single()
        #expect(try streams.text("name") == "east-db")
        #expect(try streams.text("slot") == "east_db")
        await primary.close()

        let ports = Set(status.nodes.map(\.port) + status.poolers.map(\.port))
        #expect(try listeningAddresses(on: ports) == ["0100007F"])
        #expect(try listeningAddresses(on: ports, table: "/proc/net/tcp6") == [])

        let pids = try await serverProcesses(lab)
        #expect(try await lab.up { _ in }.nodes.map(\.port) == status.nodes.map(\.port))
        #expect(try await serverProcesses(lab) == pids)

        let sockets = status.nodes[0].socketDirectory
        try await lab.down { _ in }
        for pid in pids { #expect(ProcessTable.programName(pid) == nil) }
        #expect(!LabFiles.exists(sockets))
        #expect(LabFiles.names(in: state.path) == [])
        #expect(try await lab.status() == .absent)
        // Down without a lab is no error.
        try await lab.down { _ in }
        await state.remove()
    }

    @Test("the role baton can do what a run needs and cannot read the application's rows")
    func privileges() async throws {
        try await withLab { lab, status in
            let password = try #require(LabFiles.read(lab.paths.secret("west"))?.split(separator: "\n").first)
            let session = try await PostgresConnection.connect(
                ConnectionParameters(
                    host: "127.0.0.1", port: status.nodes[0].port, database: "app", user: "baton",
                    password: Secret(String(password))), deadline: soon())
            let row = try await session.query(
                """
                SELECT has_function_privilege('pg_promote(bool,int)', 'execute') AS promote,
                    has_function_privilege('pg_create_restore_point(text)', 'execute') AS restore_point,
                    has_function_privilege('pg_reload_conf()', 'execute') AS reload,
                    pg_has_role('pg_checkpoint', 'usage') AS checkpoint,
                    pg_has_role('pg_signal_backend', 'usage') AS signal,
                    (SELECT count(*) FROM pg_hba_file_rules WHERE error IS NULL) AS rules,
                    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super,
                    (SELECT system_identifier FROM pg_control_system()) AS system
                """, deadline: soon()
            ).single()
            for name in ["promote", "restore_point", "reload", "checkpoint", "signal"] {
                #expect(try row.bool(name), "\(name)")
            }
            #expect(try row.int("rules") == 5)
            #expect(try row.bool("super") == false)
            #expect(try row.unsigned("system") > 0)
            _ = try await session.query("CHECKPOINT", deadline: soon())
            _ = try await session.query("ALTER SYSTEM SET default_transaction_read_only = off", deadline: soon())
            for refused in ["SELECT count(*) FROM baton_canary", "ALTER SYSTEM SET work_mem = '1MB'"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await session.query(refused, deadline: soon())
                }
                #expect(error?.sqlState == "42501")
            }
            await session.close()
            let app = try await PostgresConnection.connect(client(lab, status), deadline: soon())
            let system = try await app.query(
                "SELECT system_identifier AS id FROM pg_control_system()", deadline: soon())
            #expect(try system.single().unsigned("id") == row.unsigned("system"))
            await app.close()
        }
    }

    @Test("a load through the pooler has every acknowledged row, and cancelling it still gives the report")
    func load() async throws {
        try await withLab { lab, _ in
            let report = try await lab.load(clients: 4, seconds: 2) { _ in }
            #expect(report.acknowledged > 100)
            #expect(report.errors == 0)
            #expect(report.missing == 0)
            #expect(report.inDoubt == 0)
            #expect(LabFiles.read(report.logFile)?.split(separator: "\n").count == report.acknowledged)

            let work = Task { try await lab.load(clients: 2, seconds: 600) { _ in } }
            work.cancel()
            let stopped = try await work.value
            #expect(stopped.missing == 0)
            #expect(stopped.seconds < 60)
        }
    }

    @Test("a lost row is counted as missing")
    func lostRow() async throws {
        try await withLab { lab, status in
            let primary = try await superuser(status.nodes[0])
            _ = try await primary.query(
                """
                CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF NEW.seq = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$
                """, deadline: soon())
            _ = try await primary.query(
                "CREATE TRIGGER lose BEFORE INSERT ON baton_load FOR EACH ROW EXECUTE FUNCTION lose()", deadline: soon()
            )
            await primary.close()
            let report = try await lab.load(clients: 2, seconds: 1) { _ in }
            #expect(report.missing == 2)
        }
    }

    @Test("what was broken is shown and heals; an old primary is not started beside a new one")
    func faults() async throws {
        try await withLab { lab, status in
            try await lab.breakServer("east-db", .pause)
            #expect(try await lab.status().nodes[1].role == .unknown)
            try await lab.heal("east-db") { _ in }
            #expect(try await lab.status().nodes[1].role == .standby)

            try await lab.breakServer("pool", .kill)
            #expect(try await lab.status().poolers.map(\.running) == [false])
            try await lab.breakServer("east-db", .kill)
            #expect(try await lab.status().nodes[1].role == .down)
            let healed = try await lab.up { _ in }
            #expect(healed.nodes.map(\.role) == [.primary, .standby])
            #expect(healed.poolers.map(\.running) == [true])

            // A failover by hand: the old primary has no standby.signal and must stay down.
            try await lab.breakServer("west-db", .kill)
            let standby = try await superuser(status.nodes[1])
            _ = try await standby.query("SELECT pg_promote(true, 30)", deadline: soon())
            await standby.close()
            for _ in 0..<2 {
                let after = try await lab.up { _ in }
                #expect(after.nodes.map(\.role) == [.down, .primary])
                #expect(after.nodes[1].timeline == 2)
                try await lab.heal("west-db") { _ in }
                // The second time with the new primary stopped, too: only the newer timeline may start.
                try await lab.breakServer("east-db", .stop)
            }
            try await lab.heal("west-db") { _ in }
            #expect(try await lab.status().nodes.map(\.role) == [.down, .down])
        }
    }

    @Test("a lab whose roles were swapped keeps them through stop and up")
    func swappedRoles() async throws {
        try await withLab { lab, status in
            let permit = Permit(run: "test", step: "test")
            let west = try #require(lab.servers(try lab.existing()).first).host
            try await lab.breakServer("west-db", .stop)
            let standby = try await superuser(status.nodes[1])
            _ = try await standby.query("SELECT pg_promote(true, 30)", deadline: soon())
            _ = try await standby.query("SELECT pg_create_physical_replication_slot('west_db', true)", deadline: soon())
            await standby.close()
            let password = try #require(LabFiles.read(lab.paths.secret("west"))?.split(separator: "\n").first)
            let file = try await west.writePasswordFile(
                host: "127.0.0.1", port: status.nodes[1].port, user: "baton", password: Secret(String(password)),
                permit: permit, deadline: soon())
            let source = "host=127.0.0.1 port=\(status.nodes[1].port) user=baton passfile='\(file)'"
            try await west.setAutoConfiguration(
                [(name: "primary_conninfo", value: source), (name: "primary_slot_name", value: "west_db")],
                permit: permit, deadline: soon())
            try await west.setStandbySignal(true, permit: permit, deadline: soon())
            #expect(try await lab.up { _ in }.nodes.map(\.role) == [.standby, .primary])
            try await lab.breakServer("east-db", .kill)
            try await lab.breakServer("west-db", .kill)
            let again = try await lab.up { _ in }
            #expect(again.nodes.map(\.role) == [.standby, .primary])
            #expect(again.nodes[1].timeline == 2)
        }
    }

    @Test("a state directory that the servers' user cannot enter is refused before anything starts")
    func refusedDirectory() async throws {
        // Only root runs servers as somebody else.
        guard geteuid() == 0 else { return }
        let state = try TemporaryState()
        chmod(state.path, 0o700)
        let lab = Lab(stateDirectory: state.path + "/deep/state")
        let error = await #expect(throws: LabError.self) { try await lab.up { _ in } }
        #expect(error?.remedy.contains("--state") == true)
        #expect(LabFiles.names(in: state.path) == [])
        await state.remove()
    }

    @Test("a half-made lab is refused with its remedy, and down removes it")
    func halfMade() async throws {
        let state = try TemporaryState()
        let lab = Lab(stateDirectory: state.path)
        try LabFiles.makeDirectories(lab.paths.servers + "/west")
        let error = await #expect(throws: LabError.self) { try await lab.up { _ in } }
        #expect(error?.remedy == "baton lab down")
        try await lab.down { _ in }
        #expect(LabFiles.names(in: state.path) == [])
        await state.remove()
    }

    private func client(_ lab: Lab, _ status: LabStatus) throws -> ConnectionParameters {
        ConnectionParameters(
            host: "127.0.0.1", port: status.poolers[0].port, database: "app", user: "app",
            password: Secret(try #require(LabSecrets.client(of: lab.paths))))
    }

    private func serverProcesses(_ lab: Lab) async throws -> Set<Int32> {
        let manifest = try lab.existing()
        var pids: Set<Int32> = []
        for server in lab.servers(manifest) {
            if case .running(let pid) = try await server.local.process(deadline: soon()) { pids.insert(pid) }
        }
        for pooler in lab.poolers(manifest) { pids.formUnion(try pooler.processes()) }
        #expect(pids.count == 3)
        return pids
    }

    /// The local addresses that listen on one of the ports, as `/proc/net/tcp` writes them.
    private func listeningAddresses(on ports: Set<Int>, table: String = "/proc/net/tcp") throws -> Set<String> {
        var addresses: Set<String> = []
        for line in (LabFiles.read(table) ?? "").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            let local = fields[1].split(separator: ":")
            // State 0A is LISTEN.
            if fields[3] == "0A", let port = Int(local[1], radix: 16), ports.contains(port) {
                addresses.insert(String(local[0]))
            }
        }
        return addresses
    }
}

/// A temporary state directory that every user may enter.
struct TemporaryState {
    let path: String

    init() throws {
        var template = Array("/tmp/bt.XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
        chmod(path, 0o755)
    }

    func remove() async {
        _ = try? await Program.run("rm", ["-rf", "--", path], deadline: SystemClock.deadline(in: .seconds(30)))
    }
}
