import BatonCore
import BatonPostgres

extension PostgresServer {
    /// Fills the template: roles, the application's database, the tables of canary and load, and the standbys' slots.
    ///
    /// The role `baton` gets what a run needs and no more (R19): it can promote, checkpoint, end sessions and read
    /// statistics, and cannot read one row of the application by SQL. Replication, and the files that `pg_rewind` reads, hold
    /// them all the same: who may remake a standby may copy everything.
    func fill(secrets: LabSecrets, standbys: [PostgresServer], deadline: Deadline) async throws {
        let (app, baton) = (LabNames.client, LabNames.operatorRole)
        try await run(
            [
                "CREATE ROLE \(app) LOGIN PASSWORD '\(secrets.client)'",
                "CREATE ROLE \(baton) LOGIN REPLICATION PASSWORD '\(secrets.operatorRole)'",
                "GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO \(baton)",
                """
                GRANT ALTER SYSTEM ON PARAMETER synchronous_standby_names, default_transaction_read_only TO \(baton)
                """,
                "CREATE DATABASE \(LabNames.database) OWNER \(app)",
            ] + standbys.map { "SELECT pg_create_physical_replication_slot('\($0.slotName)', true)" },
            in: "postgres", deadline: deadline)
        try await run(
            [
                """
                GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer), pg_create_restore_point(text), pg_reload_conf(),
                    pg_hba_file_rules() TO \(baton)
                """,
                // What pg_rewind calls on the server that it reads from.
                """
                GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
                    pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) TO \(baton)
                """,
                // The view calls the function as its caller, so both rights are needed.
                "GRANT SELECT ON pg_hba_file_rules TO \(baton)",
                "SET ROLE \(app)",
                """
                CREATE TABLE \(LabNames.canaryTable) (
                    run text NOT NULL,
                    id bigint NOT NULL,
                    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                    PRIMARY KEY (run, id))
                """,
                """
                CREATE TABLE \(LabNames.loadTable) (
                    run text NOT NULL,
                    client integer NOT NULL,
                    seq bigint NOT NULL,
                    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                    PRIMARY KEY (run, client, seq))
                """,
            ], in: LabNames.database, deadline: deadline)
    }

    /// The SCRAM secret that this server keeps of a role.
    func passwordVerifier(of role: String, deadline: Deadline) async throws -> String {
        let session = try await superuser(database: "postgres", deadline: deadline)
        let row = try await session.query(
            "SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1", [role], deadline: deadline
        ).single()
        await session.close()
        return try row.text("rolpassword")
    }

    private func run(_ statements: [String], in database: String, deadline: Deadline) async throws {
        let session = try await superuser(database: database, deadline: deadline)
        for statement in statements { _ = try await session.query(statement, deadline: deadline) }
        await session.close()
    }
}
