import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonPostgres

/// Servers and name servers that never answer.
@Suite struct UnreachableServerTests {
    private func parameters(port: Int) -> ConnectionParameters {
        ConnectionParameters(host: "127.0.0.1", port: port, database: "d", user: "u", password: Secret("hush"))
    }

    @Test("A server that accepts and says nothing costs the deadline and no more")
    func blackHole() async throws {
        let listener = try SilentListener()
        let (error, took) = try await failure { () throws(PostgresError) in
            try await PostgresConnection.connect(
                parameters(port: listener.port), deadline: SystemClock.deadline(in: .milliseconds(200)))
        }
        #expect(error.kind == .deadline && !error.didReachServer)
        #expect(took >= .milliseconds(199) && took < .seconds(3))
    }

    @Test("Cancelling a connection attempt ends it at once")
    func cancelConnect() async throws {
        let listener = try SilentListener()
        let task = Task {
            try await failure { () throws(PostgresError) in
                try await PostgresConnection.connect(
                    parameters(port: listener.port), deadline: SystemClock.deadline(in: .seconds(60)))
            }
        }
        task.cancel()
        let (error, took) = try await task.value
        #expect(error.kind == .cancelled && took < .seconds(5))
    }

    @Test("A silent name server costs the deadline, and can be cancelled")
    func silentNameServer() async throws {
        let answerNow = try WakeUp()
        defer { answerNow.signal() }
        let silent: NameResolution.LookUp = { _ in
            var watched = pollfd(fd: answerNow.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, 30_000)
            return .success([])
        }
        let start = SystemClock.now()
        let token = CancelToken(try WakeUp())
        let limits = CallLimits(deadline: start + .milliseconds(100), token: token)
        #expect(throws: PostgresError.deadline("resolving db.example", didReachServer: false)) {
            try NameResolution.addresses(of: "db.example", limits: limits, lookUp: silent)
        }
        #expect(SystemClock.now() - start < .seconds(3))
        token.cancel()
        let patient = CallLimits(deadline: start + .seconds(60), token: token)
        #expect(throws: PostgresError.cancelled("resolving db.example", didReachServer: false)) {
            try NameResolution.addresses(of: "db.example", limits: patient, lookUp: silent)
        }
    }

    @Test("Names and addresses")
    func names() throws {
        let limits = CallLimits(deadline: soon(), token: CancelToken(try WakeUp()))
        let refuse: NameResolution.LookUp = { _ in .failure(PostgresError(.unreachable, "looked up")) }
        #expect(try NameResolution.addresses(of: "10.1.2.3", limits: limits, lookUp: refuse) == ["10.1.2.3"])
        #expect(try NameResolution.addresses(of: "::1", limits: limits, lookUp: refuse) == ["::1"])
        #expect(throws: PostgresError(.unreachable, "looked up")) {
            try NameResolution.addresses(of: "db.example", limits: limits, lookUp: refuse)
        }
        #expect(try NameResolution.addresses(of: "localhost", limits: limits).contains("127.0.0.1"))
    }

    @Test(
        "libpq's text of a failed attempt is sorted by its SQLSTATE",
        arguments: [
            (
                "connection to server at \"h\" (10.0.0.1), port 1 failed: FATAL:  28P01: password authentication failed for user \"u\"",
                PostgresError.Kind.authentication
            ),
            (
                "connection to server at \"h\", port 1 failed: FATAL:  28000: no pg_hba.conf entry for host",
                .authentication
            ),
            ("connection to server at \"h\", port 1 failed: fe_sendauth: no password supplied", .authentication),
            (
                "connection to server at \"h\", port 1 failed: FATAL:  08P01: password authentication failed",
                .authentication
            ),
            (
                "connection to server at \"h\", port 1 failed: FATAL:  57P03: the database system is starting up\nLOCATION: x",
                .server(sqlState: "57P03")
            ),
            (
                "connection to server at \"h\", port 1 failed: Connection refused\n\tIs the server running?",
                .unreachable
            ),
            ("", .unreachable),
        ])
    func classification(_ text: String, _ kind: PostgresError.Kind) {
        let error = PostgresError.connecting(text)
        #expect(error.kind == kind)
        #expect(!error.message.contains("\n") && !error.message.isEmpty)
    }

    @Test(
        "A session's end and doubtful codes leave the effect unknown; plain errors do not",
        arguments: [
            ("ERROR", "23505", false), ("ERROR", "08P01", false), ("ERROR", "57014", true), ("ERROR", "40003", true),
            ("ERROR", "08006", true), ("FATAL", "57P01", true), ("FATAL", "08P01", true), ("PANIC", "XX000", true),
        ])
    func doubt(_ severity: String, _ sqlState: String, _ isDoubtful: Bool) {
        let error = PostgresError.server(sqlState: sqlState, severity: severity, message: "m")
        #expect(error.didReachServer == isDoubtful)
    }
}
