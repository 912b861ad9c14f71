/// What gates ask a server, in the words of both: the observers send these statements, and a runbook prints them.
package enum GateQuestion {
    /// `system_identifier`, `in_recovery`.
    package static let identity =
        "SELECT system_identifier, pg_is_in_recovery() AS in_recovery FROM pg_control_system()"
    /// `server_version_num`.
    package static let version = "SHOW server_version_num"
    /// `state`: null when the node is not in recovery.
    package static let replayPaused =
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() END AS state"
    /// `setting` in milliseconds.
    package static let applyDelay = "SELECT setting FROM pg_settings WHERE name = 'recovery_min_apply_delay'"
    /// `synchronous_standby_names`.
    package static let synchronous = "SHOW synchronous_standby_names"
    /// `name`, `setting`.
    package static let recoveryTarget =
        "SELECT name, setting FROM pg_settings WHERE starts_with(name, 'recovery_target') ORDER BY name"
    /// `slot_name`.
    package static let logicalSlots =
        "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT temporary ORDER BY slot_name"
    /// `ready`, the number of files that wait; `failing`, whether the last attempt failed.
    package static let archiver = """
        SELECT (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') AS ready, \
        last_failed_time IS NOT NULL \
        AND (last_archived_time IS NULL OR last_failed_time > last_archived_time) AS failing \
        FROM pg_stat_archiver
        """
    /// `setting` in milliseconds; no row before PostgreSQL 19.
    package static let shutdownTimeout = "SELECT setting FROM pg_settings WHERE name = 'wal_sender_shutdown_timeout'"
    /// What the role may do. `pg_checkpoint` exists since PostgreSQL 15; before, only a superuser may.
    package static let privileges = """
        SELECT current_user AS role, current_database() AS database, host(inet_client_addr()) AS client, \
        rolreplication OR rolsuper AS replication, \
        pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitor, \
        CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_checkpoint') \
        THEN pg_has_role(current_user, 'pg_checkpoint', 'USAGE') ELSE rolsuper END AS checkpoint, \
        pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS signal_backend, \
        has_function_privilege(current_user, 'pg_catalog.pg_promote(boolean,integer)', 'EXECUTE') AS promote \
        FROM pg_roles WHERE rolname = current_user
        """
}
