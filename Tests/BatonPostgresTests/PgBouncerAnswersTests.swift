import Testing

@testable import BatonPostgres

/// Answers of PgBouncer versions that are not at hand: columns are found by name.
@Suite struct PgBouncerAnswersTests {
    private func row(_ pairs: KeyValuePairs<String, String?>) -> Row {
        Row(columns: pairs.map(\.key), values: pairs.map(\.value))
    }

    @Test("SHOW POOLS before 1.18 has one column for cancel requests, since then several")
    func pools() throws {
        let old = try Pool(
            row([
                "pool_mode": "session", "database": "d", "user": "u", "maxwait_us": "250000", "maxwait": "2",
                "cl_active": "1", "cl_waiting": "2", "cl_cancel_req": "3", "sv_active": "4", "sv_idle": "5",
                "sv_used": "6",
                "sv_tested": "7", "sv_login": "8", "newer": "x",
            ]))
        #expect(old.maxWaitMicroseconds == 2_250_000)
        #expect(old.clActive == 1 && old.clWaiting == 2 && old.clCancelRequests == 3)
        #expect(old.serverConnections == 30 && old.svCancels == 0)
        let new = try Pool(
            row([
                "database": "d", "user": "u", "cl_active": "0", "cl_waiting": "0", "cl_active_cancel_req": "1",
                "cl_waiting_cancel_req": "2", "sv_active": "0", "sv_active_cancel": "3", "sv_being_canceled": "4",
                "sv_idle": "0", "sv_used": "0", "sv_tested": "0", "sv_login": "0", "maxwait": "0", "maxwait_us": "0",
                "pool_mode": "transaction",
            ]))
        #expect(new.clCancelRequests == 3 && new.svCancels == 7 && new.serverConnections == 7)
    }

    @Test("A column that is missing or is no number is an unexpected answer, never a zero")
    func missing() {
        #expect(throws: PostgresError.self) { try Pool(row(["database": "d", "user": "u"])) }
        let entry = row([
            "name": "d", "host": nil, "port": "5432", "database": "d", "force_user": nil, "pool_mode": nil,
            "paused": "maybe",
            "disabled": "0", "current_connections": "0", "max_connections": "0",
        ])
        let error = #expect(throws: PostgresError.self) { try DatabaseEntry(entry) }
        #expect(error?.kind == .unexpectedAnswer && error?.message.contains("paused") == true)
    }
}
