import BatonCore
import BatonEngine
import Testing

@testable import BatonPostgres

/// How sessions begin: options, credentials, names, TLS, and the ways in which a server says no.
@Suite(.serialized, .withServers)
struct ConnectingSerialTests {
    let servers: ServerFixture

    init() throws { servers = try #require(ServerFixture.current) }

    @Test("Server options make a session read-only")
    func readOnly() async throws {
        var parameters = servers.baton
        parameters.options = "-c default_transaction_read_only=on"
        let connection = try await PostgresConnection.connect(parameters, deadline: soon())
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("CREATE TABLE forbidden (n int)", deadline: soon())
        }
        #expect(error.sqlState == "25006")
    }

    @Test("A replication session identifies the system and gives a timeline's history")
    func replication() async throws {
        var parameters = servers.baton
        parameters.replication = true
        let connection = try await PostgresConnection.connect(parameters, deadline: soon())
        let row = try await connection.simpleQuery("IDENTIFY_SYSTEM", deadline: soon()).single()
        #expect(try row.unsigned("systemid") > 0)
        #expect(try row.int("timeline") == 1)
        #expect(try row.lsn("xlogpos") > LSN(rawValue: 0))
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.simpleQuery("TIMELINE_HISTORY 7", deadline: soon())
        }
        #expect(error.sqlState != nil && connection.isOpen)
    }

    @Test("A wrong password is told apart, and is not told")
    func wrongPassword() async throws {
        var parameters = servers.baton
        parameters.password = Secret("wr0ng-and-secret")
        let (error, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(error.kind == .authentication && !error.didReachServer)
        #expect(!error.description.contains("wr0ng"))
        parameters.password = nil
        let (missing, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(missing.kind == .authentication)
    }

    @Test("A secret that a server sends back does not reach the error's text")
    func scrubbed() async throws {
        let connection = try await PostgresConnection.connect(servers.baton, deadline: soon())
        let quoted = ServerFixture.password.replacing("'", with: "''")
        let (error, _) = try await failure { () throws(PostgresError) in
            try await connection.query("DO $$ BEGIN RAISE EXCEPTION '%', '\(quoted)'; END $$", deadline: soon())
        }
        #expect(error.sqlState == "P0001")
        #expect(error.message == "‹secret›")
    }

    @Test("A missing database and a refused port are different failures")
    func refusals() async throws {
        var parameters = servers.baton
        parameters.database = "nosuch"
        let (missing, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(missing.kind == .server(sqlState: "3D000"))
        parameters.port = freePort()
        let (refused, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(refused.kind == .unreachable && refused.message.contains("refused"))
        parameters.port = 0
        let (impossible, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(impossible.kind == .invalidRequest)
    }

    @Test("A host name is resolved, and every address of it is tried")
    func hostName() async throws {
        var parameters = servers.baton
        parameters.host = "localhost"
        let connection = try await PostgresConnection.connect(parameters, deadline: soon())
        #expect(try await connection.query("SELECT 1 AS n", deadline: soon()).single().int("n") == 1)
    }

    @Test("A silent address of a name gets its share of the deadline, then the next is tried")
    func silentAddress() async throws {
        let silent = try SilentListener(lastOctet: 2, port: servers.port)
        var parameters = servers.baton
        parameters.host = "db.example"
        let limits = CallLimits(deadline: SystemClock.deadline(in: .seconds(2)), token: CancelToken(try WakeUp()))
        let start = SystemClock.now()
        let link = try Link.open(parameters, limits: limits) { _ in .success(["127.0.0.2", "127.0.0.1"]) }
        #expect(SystemClock.now() - start > .milliseconds(900))
        #expect(link.isUsable && silent.port == servers.port)
    }

    @Test("TLS: the certificate's chain and name are checked as asked")
    func tls() async throws {
        var parameters = servers.baton
        parameters.host = "localhost"
        parameters.tls = .verifyFull(rootCertificate: servers.certificate)
        let connection = try await PostgresConnection.connect(parameters, deadline: soon())
        let ssl = try await connection.query(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", deadline: soon())
        #expect(try ssl.single().bool("ssl"))
        parameters.host = "127.0.0.1"
        let (wrongName, _) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(parameters, deadline: soon())
        }
        #expect(wrongName.kind == .unreachable && wrongName.message.contains("certificate"))
        parameters.tls = .verifyCA(rootCertificate: servers.certificate)
        #expect(try await PostgresConnection.connect(parameters, deadline: soon()).isOpen)
        parameters.tls = .disable
        let plain = try await PostgresConnection.connect(parameters, deadline: soon())
        let none = try await plain.query(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", deadline: soon())
        #expect(try !none.single().bool("ssl"))
    }
}
