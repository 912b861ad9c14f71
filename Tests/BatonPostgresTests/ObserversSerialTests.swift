import BatonActions
import BatonCore
import BatonEngine
import Testing

@testable import BatonPostgres

/// The observers, before real servers that are well and that are not.
@Suite(.serialized, .withCluster)
struct ObserversSerialTests {
    let cluster: ClusterFixture

    init() throws { cluster = try #require(ClusterFixture.current) }

    /// Sessions and observers of one test.
    private struct Eyes {
        let sessions: ClusterSessions
        let observers: Observers
        let scope: Scope

        func judge(_ id: GateID, on target: Target, _ arguments: Arguments = Arguments()) async throws -> Verdict {
            let gate = try #require(Catalogue.allGates.first { $0.id == id })
            let question = gate.question(arguments, target, scope)
            return gate.judge(try await observers.ask(question, in: scope, deadline: soon()), arguments)
        }

        func facts(_ target: Target, _ aspects: Aspect...) async -> [Observation.Finding] {
            await observers.observe(aspects.map { FactKey(target, $0) }, in: scope, deadline: soon()).map(\.finding)
        }
    }

    private func withEyes(
        user: String = "baton", password: SecretReference? = nil, database: String = "app", readOnly: Bool = true,
        _ body: (Eyes) async throws -> Void
    ) async throws {
        let topology = cluster.topology(user: user, password: password, database: database)
        let sessions = ClusterSessions(
            topology: topology,
            secrets: { reference, _ in
                if case .file("baton.pw") = reference { return Secret(ServerFixture.password) }
                if case .file(let text) = reference { return Secret(text) }
                throw FixtureError("no such secret")
            }, applicationName: "baton", readOnly: readOnly)
        let (questions, facts) = Observers.postgres(
            sessions: sessions,
            hosts: Hosts(
                databases: { name in topology.node(name)?.dataDirectory.map { DirectoryHost(directory: $0.path) } },
                files: { _ in ReadingFileHost() }))
        try await body(
            Eyes(
                sessions: sessions, observers: Observers(questions: questions, facts: facts),
                scope: Scope(topology: topology, binding: Binding(old: "west-db", new: "east-db"))))
        await sessions.closeAll()
    }

    private let old = Target.node("west-db")
    private let new = Target.node("east-db")
    private let pool = Target.pooler("pool")

    /// A canary that had one write acknowledged.
    private struct OneWrite: Canary {
        let write: AcknowledgedWrite

        func start() {}
        func newestWrite(on route: String, since instant: Instant) -> AcknowledgedWrite? {
            write.acknowledgedAt >= instant ? write : nil
        }
        func stop(startedAt: Instant, freezeBegan: Instant?, new: Node?, readsBack: Bool) -> Measurements {
            Measurements()
        }
    }

    @Test("A walreceiver that is refused never counts as one that follows, although it says streaming for a moment")
    func refusedWalreceiver() async throws {
        try await withEyes { eyes in
            for setting in ["wal_retrieve_retry_interval = '20ms'", "primary_slot_name = 'nobody_made_it'"] {
                try await cluster.administer("east-db", "ALTER SYSTEM SET \(setting)")
            }
            try await reload("east-db", until: "SELECT current_setting('primary_slot_name') = 'nobody_made_it'")
            var seen: Set<Observation.Finding> = []
            let end = SystemClock.deadline(in: .seconds(2))
            // The one that streamed ends within moments.
            try await reload("east-db", until: "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")
            while SystemClock.now() < end { seen.formUnion(await eyes.facts(new, .follows)) }
            for name in ["wal_retrieve_retry_interval", "primary_slot_name"] {
                try await cluster.administer("east-db", "ALTER SYSTEM RESET \(name)")
            }
            try await reload("east-db", until: "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver)")
            try await cluster.waitUntilStreaming()
            #expect(!seen.contains(.value(.name("west-db"))), "\(seen)")
            #expect(!seen.isEmpty)
        }
    }

    @Test("A write that was acknowledged a while ago does not tell that new answers now")
    func staleCanary() async throws {
        try await withEyes { eyes in
            let node = try #require(eyes.scope.topology.node("west-db"))
            for (age, isTaken) in [(TimeSpan.zero, true), (.seconds(2), false)] {
                let write = AcknowledgedWrite(
                    id: 1, acknowledgedAt: SystemClock.now() - age, systemIdentifier: 1, address: node.host,
                    port: node.port, wasInRecovery: false)
                let observer = CanaryWriteObserver(canary: OneWrite(write: write), sessions: eyes.sessions)
                let answer = try await observer.observe(
                    CanaryWriteProbe(route: "app", expected: "west-db"), in: eyes.scope, deadline: soon())
                #expect((answer.acknowledgement != nil) == isTaken, "\(age) old")
            }
        }
    }

    @Test("Every gate but the canary's write has an observer")
    func lists() async throws {
        try await withEyes { eyes in
            let asked = Set(Catalogue.allGates.map(\.probeID)).subtracting([CanaryWriteProbe.id])
            #expect(Set(eyes.observers.probeIDs) == asked)
        }
    }

    @Test("A cluster that is well passes every gate that asks it")
    func well() async throws {
        try await withEyes { eyes in
            for id: GateID in [
                "postgres.identity", "postgres.version", "postgres.streaming", "postgres.replay-lag",
                "postgres.replay-paused", "postgres.apply-delay", "postgres.recovery-target",
                "postgres.settings-parity", "postgres.privileges", "postgres.host", "postgres.single-writer",
            ] {
                let verdict = try await eyes.judge(id, on: new)
                #expect(verdict.decision == .pass, "\(id): \(verdict.reason)")
            }
            for id: GateID in [
                "postgres.identity", "postgres.transactions", "postgres.archiver", "postgres.walsenders",
                "postgres.privileges", "postgres.host",
            ] {
                let verdict = try await eyes.judge(id, on: old)
                #expect(verdict.decision == .pass, "\(id): \(verdict.reason)")
            }
            #expect(try await eyes.judge("pgbouncer.ready", on: pool).decision == .pass)
            let proof = try await eyes.judge("postgres.replayed-shutdown-checkpoint", on: new)
            #expect(proof.decision == .block && proof.reason.contains("shut down"), "\(proof.reason)")
        }
    }

    @Test("Facts of running nodes and of the pooler")
    func facts() async throws {
        try await withEyes { eyes in
            let seen = await eyes.facts(
                new, .running, .writable, .inRecovery, .cleanShutdown, .standbySignal, .timeline, .follows, .complete)
            #expect(
                seen == [
                    .value(.flag(true)), .value(.flag(false)), .value(.flag(true)), .value(.flag(false)),
                    .value(.flag(true)), .value(.number(1)), .value(.name("west-db")), .value(.flag(false)),
                ])
            let olds = await eyes.facts(old, .running, .writable, .inRecovery, .standbySignal, .follows)
            #expect(
                olds == [
                    .value(.flag(true)), .value(.flag(true)), .value(.flag(false)), .value(.flag(false)),
                    .value(.nothing),
                ])
            #expect(
                await eyes.facts(pool, .paused, .leadsTo) == [.value(.flag(false)), .value(.name("west-db"))])
            let slot = FactKey(new, .slot, detail: "west-db")
            #expect(
                await eyes.observers.observe([slot], in: eyes.scope, deadline: soon()).map(\.finding) == [
                    .value(.flag(false))
                ])
            try await cluster.administer(
                "east-db", "SELECT pg_create_physical_replication_slot('west_db', true)")
            #expect(
                await eyes.observers.observe([slot], in: eyes.scope, deadline: soon()).map(\.finding) == [
                    .value(.flag(true))
                ])
            try await cluster.administer("east-db", "SELECT pg_drop_replication_slot('west_db')")
        }
    }

    @Test("Paused replay blocks, and the candidate does not catch up")
    func pausedReplay() async throws {
        try await withEyes { eyes in
            try await cluster.administer("east-db", "SELECT pg_wal_replay_pause()")
            let paused = try await eyes.judge("postgres.replay-paused", on: new)
            #expect(paused.decision == .block && paused.remedy?.contains("pg_wal_replay_resume") == true)
            try await cluster.administer("west-db", "CREATE TABLE written_while_paused (n int)")
            let limit = Arguments(["bytes": .bytes(ByteCount(16 << 20)), "time": .span(.milliseconds(200))])
            let lag = try await eyes.judge("postgres.replay-lag", on: new, limit)
            #expect(lag.decision == .block && (lag.observed?.value ?? 0) > 0, "\(lag.reason)")
            try await cluster.administer("east-db", "SELECT pg_wal_replay_resume()")
            #expect(try await eyes.judge("postgres.replay-lag", on: new).decision == .pass)
        }
    }

    @Test("An apply delay blocks")
    func applyDelay() async throws {
        try await withEyes { eyes in
            try await cluster.administer("east-db", "ALTER SYSTEM SET recovery_min_apply_delay = '5min'")
            try await reload(
                "east-db", until: "SELECT setting = '300000' FROM pg_settings WHERE name = 'recovery_min_apply_delay'")
            let verdict = try await eyes.judge("postgres.apply-delay", on: new)
            #expect(verdict.decision == .block && verdict.observed?.value == 300_000, "\(verdict.reason)")
            try await cluster.administer("east-db", "ALTER SYSTEM RESET recovery_min_apply_delay")
            try await reload(
                "east-db", until: "SELECT setting = '0' FROM pg_settings WHERE name = 'recovery_min_apply_delay'")
        }
    }

    @Test("A walreceiver that cannot connect blocks, although received and replayed positions agree")
    func deadReceiver() async throws {
        try await withEyes { eyes in
            let admin = try await cluster.administrator(of: "east-db")
            let before = try await admin.query("SHOW primary_conninfo", deadline: soon()).single().text(
                "primary_conninfo")
            try await cluster.administer("east-db", "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")
            try await reload("east-db", until: "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")
            let same = try await admin.query(
                "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS same", deadline: soon())
            #expect(try same.single().bool("same"))
            let verdict = try await eyes.judge("postgres.streaming", on: new)
            #expect(verdict.decision == .block, "\(verdict.reason)")
            #expect(await eyes.facts(new, .follows) == [.value(.nothing)])
            try await cluster.administer("east-db", "ALTER SYSTEM SET primary_conninfo = '\(before)'")
            try await reload("east-db", until: "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver)")
            await admin.close()
            try await cluster.waitUntilStreaming()
            #expect(try await eyes.judge("postgres.streaming", on: new).decision == .pass)
        }
    }

    @Test("A wrong password is no answer, and the remedy names the secret")
    func wrongPassword() async throws {
        try await withEyes(password: .file("wrong")) { eyes in
            do {
                let verdict = try await eyes.judge("postgres.version", on: new)
                Issue.record("it answered: \(verdict.reason)")
            } catch let error as ObservationError {
                #expect(error.remedy?.contains("file:wrong") == true, "\(error)")
            }
            #expect(
                await eyes.facts(new, .writable).allSatisfy { if case .unknown = $0 { true } else { false } })
        }
    }

    @Test("A role without rights is refused right by right, and does not pass for seeing nothing")
    func missingRights() async throws {
        try await withEyes(user: "weak", password: .file("weak")) { eyes in
            let verdict = try await eyes.judge("postgres.privileges", on: old)
            #expect(verdict.decision == .block)
            for right in ["REPLICATION", "pg_monitor", "pg_checkpoint", "pg_signal_backend", "pg_promote"] {
                #expect(verdict.remedy?.contains(right) == true, "\(right): \(verdict.remedy ?? "")")
            }
            for id: GateID in ["postgres.walsenders", "postgres.transactions"] {
                await #expect(throws: ObservationError.self) { try await eyes.judge(id, on: old) }
            }
            #expect(try await eyes.judge("postgres.streaming", on: new).decision != .pass)
        }
    }

    @Test("A transaction older than the limit is seen, with its process")
    func transactions() async throws {
        try await withEyes { eyes in
            let admin = try await cluster.administrator(of: "west-db")
            _ = try await admin.simpleQuery("BEGIN", deadline: soon())
            _ = try await admin.query("SELECT txid_current()", deadline: soon())
            let verdict = try await eyes.judge(
                "postgres.transactions", on: old, Arguments(["age": .span(.zero)]))
            #expect(
                verdict.decision == .warn && verdict.reason.contains("pid \(admin.backendPID)"), "\(verdict.reason)")
            await admin.close()
        }
    }

    @Test("A pooler in session mode is refused; its timeouts are read in seconds")
    func pooler() async throws {
        try await withEyes(readOnly: false) { eyes in
            let console = try await eyes.sessions.console("pool", deadline: soon())
            let port = cluster.servers.port
            try cluster.servers.writePoolerConfig(
                databases: "app = host=127.0.0.1 port=\(port) dbname=app pool_mode=session")
            try await console.reload(deadline: soon())
            let session = try await eyes.judge("pgbouncer.ready", on: pool)
            #expect(session.decision == .block && session.observed?.text == "session", "\(session.reason)")
            try cluster.servers.writePoolerConfig(databases: "app = host=127.0.0.1 port=\(port) dbname=app")
            try await console.reload(deadline: soon())
            #expect(try await eyes.judge("pgbouncer.ready", on: pool).decision == .pass)
            try await console.set("query_wait_timeout", "29.5", deadline: soon())
            let budget = try await eyes.judge("pgbouncer.freeze-budget", on: pool)
            #expect(budget.decision == .block, "\(budget.reason)")
            try await console.set("query_wait_timeout", "120", deadline: soon())
            #expect(try await eyes.judge("pgbouncer.freeze-budget", on: pool).allows)
            try await console.pause("app", deadline: soon())
            #expect(await eyes.facts(pool, .paused) == [.value(.flag(true))])
            try await console.resume("app", deadline: soon())
            #expect(await eyes.facts(pool, .paused) == [.value(.flag(false))])
        }
    }

    @Test("The canary's table is looked for along the route, and nothing is written")
    func canary() async throws {
        try await withEyes { eyes in
            let absent = try await eyes.judge("canary.ready", on: .route("app"))
            #expect(absent.decision == .block && absent.remedy?.contains("CREATE TABLE baton_canary") == true)
            let direct = try await PostgresConnection.connect(cluster.servers.baton, deadline: soon())
            _ = try await direct.query(CanaryReady.createTable("baton_canary"), deadline: soon())
            await direct.close()
            let ready = try await eyes.judge("canary.ready", on: .route("app"))
            #expect(ready.decision == .pass, "\(ready.reason)")
        }
    }

    @Test("Read-only sessions cannot write; concurrent callers share one session; a lost one is replaced")
    func sessions() async throws {
        try await withEyes { eyes in
            let (sessions, deadline) = (eyes.sessions, soon())
            async let first = sessions.node("west-db", deadline: deadline)
            async let second = sessions.node("west-db", deadline: deadline)
            let (one, two) = (try await first, try await second)
            #expect(one === two)
            let refused = try await failure { () async throws(PostgresError) in
                try await one.query("CREATE TABLE written_in_preflight (n int)", deadline: deadline)
            }
            #expect(refused.error.sqlState == "25006")
            try await cluster.administer("west-db", "SELECT pg_terminate_backend(\(one.backendPID), 5000)")
            #expect(try await eyes.judge("postgres.version", on: new).decision == .pass)
            #expect(try await sessions.node("west-db", deadline: soon()) !== one)
        }
    }

    @Test("A stopped primary: the proof holds, the writer is fenced once standby.signal is there")
    func stopped() async throws {
        try await withEyes { eyes in
            #expect(try await eyes.judge("postgres.identity", on: new).decision == .pass)
            try cluster.control(cluster.primaryDirectory, "stop", "-m", "fast")
            let proof = try await eyes.judge("postgres.replayed-shutdown-checkpoint", on: new)
            #expect(proof.decision == .pass, "\(proof.reason)")
            #expect(await eyes.facts(new, .complete, .inRecovery) == [.value(.flag(true)), .value(.flag(true))])
            let seen = await eyes.facts(old, .running, .writable, .cleanShutdown, .follows)
            #expect(
                seen == [.value(.flag(false)), .value(.flag(false)), .value(.flag(true)), .value(.nothing)])
            #expect(try await eyes.judge("postgres.single-writer", on: old).decision == .block)
            try cluster.servers.write("data/standby.signal", "")
            #expect(try await eyes.judge("postgres.single-writer", on: old).decision == .pass)
            await #expect(throws: ObservationError.self) { try await eyes.judge("postgres.identity", on: new) }
            try cluster.remove("data/standby.signal")
            // Started again with more workers than the standby has, as an operator would who forgot it.
            try cluster.control(cluster.primaryDirectory, "start", "-o", "-c max_worker_processes=12")
            let parity = try await eyes.judge("postgres.settings-parity", on: new)
            #expect(parity.decision == .block && parity.reason.contains("max_worker_processes = 8"), "\(parity.reason)")
        }
    }

    private func reload(_ node: String, until sql: String) async throws {
        let admin = try await cluster.administrator(of: node)
        _ = try await admin.query("SELECT pg_reload_conf()", deadline: soon())
        _ = try await admin.poll(sql, every: .milliseconds(5), deadline: soon()) { $0.rows == [["t"]] }
        await admin.close()
    }
}
