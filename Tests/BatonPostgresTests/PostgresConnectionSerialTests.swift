import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonPostgres

/// Sessions with a real server.
@Suite(.serialized, .withServers)
struct PostgresConnectionSerialTests {
    let servers: ServerFixture

    init() throws { servers = try #require(ServerFixture.current) }

    private func connection() async throws -> PostgresConnection {
        try await PostgresConnection.connect(servers.baton, deadline: soon())
    }

    private func superuser(database: String = "postgres") async throws -> PostgresConnection {
        var parameters = servers.superuser
        parameters.database = database
        return try await PostgresConnection.connect(parameters, deadline: soon())
    }

    /// Waits until no backend of that process id is left.
    private func isGone(_ backend: Int32) async throws -> Bool {
        let admin = try await superuser()
        let rows = try await admin.poll(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE pid = \(backend)", every: .milliseconds(2),
            deadline: soon()
        ) { (rows) throws(PostgresError) in try rows.single().int("n") == 0 }
        await admin.close()
        return try rows.single().int("n") == 0
    }

    /// Waits until the backend is busy with a statement that contains `text`.
    private func waitUntilRunning(_ backend: Int32, _ text: String) async throws {
        let admin = try await superuser()
        _ = try await admin.poll(
            "SELECT 1 FROM pg_stat_activity WHERE pid = \(backend) AND state = 'active' AND query LIKE '%\(text)%'",
            every: .milliseconds(2), deadline: soon()
        ) { !$0.isEmpty }
        await admin.close()
    }

    @Test
    func callersAtTheSameTimeGetTheirOwnAnswers() async throws {
        let connection = try await connection()
        let answers = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<300 {
                group.addTask {
                    let rows = try? await connection.query("SELECT \(number) AS n", deadline: soon())
                    return (try? rows?.single().int("n")) == number
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        await connection.close()
        #expect(answers.count == 300)
        #expect(answers.allSatisfy { $0 })
    }

    @Test("Parameters, NULL, types and Unicode come back as they went")
    func parameters() async throws {
        let connection = try await connection()
        let rows = try await connection.query(
            """
            SELECT $1::text AS a, $2::text AS b, $3::int + 1 AS n, true AS t, false AS f, '0/3000148'::pg_lsn AS l, \
            18446744073709551615 AS u, NULL::pg_lsn AS nl, current_database() AS db
            """, ["it's \"ü\" 🐘", nil, "41"], deadline: soon())
        let row = try rows.single()
        #expect(try row.text("a") == "it's \"ü\" 🐘")
        #expect(try row.optionalText("b") == nil)
        #expect(try row.int("n") == 42)
        #expect(try row.bool("t") && !row.bool("f"))
        #expect(try row.lsn("l") == LSN(rawValue: 0x300_0148))
        #expect(try row.unsigned("u") == .max)
        #expect(try row.optionalLSN("nl") == nil)
        #expect(try row.text("db") == "app")
        #expect(throws: PostgresError.self) { try row.text("b") }
        #expect(throws: PostgresError.self) { try row.int("a") }
        #expect(throws: PostgresError.self) { try row.text("nowhere") }
        #expect(connection.backendPID > 0 && connection.serverVersion / 10_000 >= 15)
    }

    @Test("Affected rows, several rows, empty answers and an ambiguous column")
    func shapes() async throws {
        let connection = try await connection()
        _ = try await connection.query("CREATE TEMPORARY TABLE shapes (n int)", deadline: soon())
        let inserted = try await connection.query(
            "INSERT INTO shapes SELECT generate_series(1, 5)", deadline: soon())
        #expect(inserted.affected == 5 && inserted.isEmpty)
        let rows = try await connection.query("SELECT n FROM shapes ORDER BY n", deadline: soon())
        #expect(try rows.column(named: "n") == ["1", "2", "3", "4", "5"])
        #expect(throws: PostgresError.self) { try rows.single() }
        let twice = try await connection.query("SELECT 1 AS n, 2 AS n", deadline: soon())
        #expect(throws: PostgresError.self) { try twice.single().int("n") }
        let last = try await connection.simpleQuery("SELECT 1 AS a; SELECT 2 AS b", deadline: soon())
        #expect(last.columns == ["b"])
    }

    @Test("A large answer and a large statement pass through the non-blocking socket")
    func large() async throws {
        let connection = try await connection()
        let text = String(repeating: "0123456789abcdef", count: 1 << 20)
        let rows = try await connection.query("SELECT $1::text AS back", [text], deadline: soon())
        #expect(try rows.single().text("back") == text)
    }

    @Test("A server's error has its SQLSTATE and leaves the session usable")
    func serverError() async throws {
        let connection = try await connection()
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT 1 / $1::int", ["0"], deadline: soon())
        }
        #expect(error.kind == .server(sqlState: "22012"))
        #expect(!error.didReachServer)
        #expect(connection.isOpen)
        let backend = try await connection.query("SELECT pg_backend_pid() AS pid", deadline: soon()).single().int("pid")
        #expect(backend == Int(connection.backendPID))
        let (late, _) = try await failure { () throws(PostgresError) in
            try await connection.simpleQuery("SELECT 1; SELECT 1/0; SELECT 2", deadline: soon())
        }
        #expect(late.sqlState == "22012")
        #expect(try await connection.query("SELECT 3 AS n", deadline: soon()).single().int("n") == 3)
    }

    @Test("A cancelled statement may have taken effect; the session lives")
    func cancelledByOthers() async throws {
        let connection = try await connection()
        _ = try await connection.query("SET statement_timeout = '20ms'", deadline: soon())
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT pg_sleep(20)", deadline: soon())
        }
        #expect(error.sqlState == "57014" && error.didReachServer && connection.isOpen)
    }

    @Test("A deadline ends a statement in time, closes the session and stops the backend")
    func deadline() async throws {
        let connection = try await connection()
        let (error, took) = try await failure { () throws(PostgresError) in
            try await connection.query(
                "SELECT pg_sleep(60)", deadline: SystemClock.deadline(in: .milliseconds(150)))
        }
        #expect(error.kind == .deadline && error.didReachServer)
        #expect(took >= .milliseconds(149) && took < .seconds(3))
        #expect(!connection.isOpen)
        #expect(try await isGone(connection.backendPID))
        let (after, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT 1", deadline: soon())
        }
        #expect(after.kind == .closed && !after.didReachServer)
        #expect(await connection.isBroken)
    }

    @Test("A deadline that has passed sends nothing and closes nothing")
    func pastDeadline() async throws {
        let connection = try await connection()
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT 1", deadline: SystemClock.now())
        }
        #expect(error.kind == .deadline && !error.didReachServer && connection.isOpen)
    }

    @Test("Cancelling the task ends a statement at once and stops the backend")
    func cancel() async throws {
        let connection = try await connection()
        let task = Task {
            try await failure { () throws(PostgresError) in
                try await connection.query("SELECT pg_sleep(60)", deadline: SystemClock.deadline(in: .seconds(60)))
            }
        }
        try await waitUntilRunning(connection.backendPID, "pg_sleep(60)")
        let start = SystemClock.now()
        task.cancel()
        let (error, _) = try await task.value
        #expect(SystemClock.now() - start < .seconds(2))
        #expect(error.kind == .cancelled && error.didReachServer)
        #expect(try await isGone(connection.backendPID))
    }

    @Test("Cancelling a queued call leaves the running one alone")
    func cancelQueued() async throws {
        let connection = try await connection()
        _ = try await connection.query("SELECT pg_advisory_lock(77)", deadline: soon())
        let other = try await self.connection()
        let waiting = Task {
            try await other.query("SELECT pg_advisory_lock(77), 'held' AS answer", deadline: soon())
        }
        try await waitUntilRunning(other.backendPID, "pg_advisory_lock(77)")
        let queued = Task {
            try await failure { () throws(PostgresError) in
                try await other.query("SELECT 'queued'", deadline: soon())
            }
        }
        queued.cancel()
        _ = try await connection.query("SELECT pg_advisory_unlock(77)", deadline: soon())
        #expect(try await waiting.value.single().text("answer") == "held")
        let (error, _) = try await queued.value
        #expect(error.kind == .cancelled && !error.didReachServer)
        #expect(try await other.query("SELECT 5 AS n", deadline: soon()).single().int("n") == 5)
    }

    @Test("Many connections that wait block no thread of Swift's pool")
    func manyWaiting() async throws {
        let holder = try await connection()
        _ = try await holder.query("SELECT pg_advisory_lock(78)", deadline: soon())
        try await withThrowingTaskGroup(of: Void.self) { group in
            // More than the pool has threads, by far.
            for _ in 0..<24 {
                let waiter = try await superuser(database: "app")
                group.addTask {
                    _ = try await waiter.query("SELECT pg_advisory_xact_lock_shared(78)", deadline: soon())
                }
            }
            _ = try await holder.poll(
                "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = 78 AND NOT granted",
                every: .milliseconds(2), deadline: soon()
            ) { (rows) throws(PostgresError) in try rows.single().int("n") == 24 }
            _ = try await holder.query("SELECT pg_advisory_unlock(78)", deadline: soon())
            try await group.waitForAll()
        }
    }

    @Test("A call made by a cancelled task sends nothing")
    func cancelledBefore() async throws {
        let connection = try await connection()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await failure { () throws(PostgresError) in
                try await connection.query("SELECT 1", deadline: soon())
            }
        }
        task.cancel()
        let (error, _) = try await task.value
        #expect(error.kind == .cancelled && !error.didReachServer && connection.isOpen)
    }

    @Test("Polling repeats until the answer is right, and stops at its deadline")
    func polling() async throws {
        let connection = try await connection()
        _ = try await connection.query("CREATE TEMPORARY SEQUENCE polled", deadline: soon())
        let rows = try await connection.poll(
            "SELECT nextval('polled') AS n", every: .microseconds(300), deadline: soon()
        ) { (rows) throws(PostgresError) in try rows.single().int("n") >= 20 }
        #expect(try rows.single().int("n") == 20)
        let (late, took) = try await failure { () throws(PostgresError) in
            try await connection.poll(
                "SELECT nextval('polled')", every: .milliseconds(30),
                deadline: SystemClock.deadline(in: .milliseconds(100))
            ) { _ in false }
        }
        #expect(late.kind == .deadline && late.didReachServer && took < .seconds(3))
        let second = try await self.connection()
        let (wrong, _) = try await failure { () throws(PostgresError) in
            try await second.poll("SELECT 1/0", every: .milliseconds(1), deadline: soon()) { _ in true }
        }
        #expect(wrong.sqlState == "22012" && second.isOpen)
        let (misread, _) = try await failure { () throws(PostgresError) in
            try await second.poll("SELECT 1 AS a", every: .milliseconds(1), deadline: soon()) {
                (rows) throws(PostgresError) in try rows.single().bool("b")
            }
        }
        #expect(misread.kind == .unexpectedAnswer && second.isOpen)
    }

    @Test("Polling ends when its task is cancelled between two questions, and keeps the session")
    func pollingCancelled() async throws {
        let connection = try await connection()
        let task = Task {
            try await failure { () throws(PostgresError) in
                try await connection.poll(
                    "SELECT 'round'", every: .seconds(60), deadline: SystemClock.deadline(in: .seconds(90))
                ) {
                    _ in false
                }
            }
        }
        let admin = try await superuser()
        _ = try await admin.poll(
            "SELECT 1 FROM pg_stat_activity WHERE pid = \(connection.backendPID) AND state = 'idle' AND query LIKE '%round%'",
            every: .milliseconds(2), deadline: soon()
        ) { !$0.isEmpty }
        task.cancel()
        let (error, took) = try await task.value
        #expect(error.kind == .cancelled && took < .seconds(10))
        #expect(connection.isOpen)
    }

    @Test("A session that the server ends is broken, and nothing is sent on it")
    func lostSession() async throws {
        let connection = try await connection()
        #expect(await !connection.isBroken)
        let admin = try await superuser()
        _ = try await admin.query("SELECT pg_terminate_backend(\(connection.backendPID))", deadline: soon())
        #expect(try await isGone(connection.backendPID))
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT 1", deadline: soon())
        }
        #expect(error.kind == .closed && !error.didReachServer)
        #expect(await connection.isBroken)
        #expect(!connection.isOpen)

        let idle = try await self.connection()
        _ = try await admin.query("SELECT pg_terminate_backend(\(idle.backendPID))", deadline: soon())
        #expect(try await isGone(idle.backendPID))
        #expect(idle.isOpen)
        #expect(await idle.isBroken)
        #expect(!idle.isOpen)
    }

    @Test("A session ended in the middle of a statement leaves its effect unknown")
    func lostInFlight() async throws {
        let connection = try await connection()
        let task = Task {
            try await failure { () throws(PostgresError) in
                try await connection.query(
                    "SELECT pg_sleep(60), 'ended'", deadline: SystemClock.deadline(in: .seconds(60)))
            }
        }
        try await waitUntilRunning(connection.backendPID, "ended")
        let admin = try await superuser()
        _ = try await admin.query("SELECT pg_terminate_backend(\(connection.backendPID))", deadline: soon())
        let (error, _) = try await task.value
        #expect(error.kind == .server(sqlState: "57P01") && error.didReachServer)
        #expect(!connection.isOpen)
        #expect(await connection.isBroken)
    }

    @Test("A closed connection is not broken and answers nothing")
    func closed() async throws {
        let connection = try await connection()
        await connection.close()
        #expect(await !connection.isBroken)
        #expect(!connection.isOpen)
        #expect(try await isGone(connection.backendPID))
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("SELECT 1", deadline: soon())
        }
        #expect(error.kind == .closed && !error.didReachServer)
    }

    @Test("A dropped connection ends its session, its thread and its descriptors")
    func dropped() async throws {
        let before = openDescriptors()
        for _ in 0..<10 {
            let connection = try await connection()
            _ = try await connection.query("SELECT 1", deadline: soon())
        }
        let deadline = soon()
        while openDescriptors() > before + 5, SystemClock.now() < deadline { await Task.yield() }
        #expect(openDescriptors() <= before + 5)
    }

    @Test("COPY is refused and closes the session, whose answer nobody could read")
    func copy() async throws {
        let connection = try await connection()
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("COPY (SELECT 1) TO STDOUT", deadline: soon())
        }
        #expect(error.kind == .unexpectedAnswer && error.didReachServer && !connection.isOpen)
    }

    @Test("A NUL character is refused before it can cut a statement short")
    func nul() async throws {
        let connection = try await connection()
        for (sql, value) in [("SELECT 1\u{0} garbage", "x"), ("SELECT $1::text", "a\u{0}b")] {
            let (error, _) = try await failure { () throws(PostgresError) in
                try await connection.query(sql, [value], deadline: soon())
            }
            #expect(error.kind == .invalidRequest && connection.isOpen)
        }
    }

    private func openDescriptors() -> Int {
        (0..<1024).count { Glibc.fcntl(Int32($0), F_GETFD) != -1 }
    }
}
