package import BatonCore
package import BatonEngine
import Glibc

extension LocalDirectoryHost {
    /// What belongs to PostgreSQL in a data directory (src/bin/initdb/initdb.c, src/include/storage): everything else at its
    /// top is the server's own, such as its settings, access rules, keys and logs.
    private static let ofPostgres: Set<String> = [
        "base", "global", "pg_commit_ts", "pg_dynshmem", "pg_logical", "pg_multixact", "pg_notify", "pg_replslot",
        "pg_serial", "pg_snapshots", "pg_stat", "pg_stat_tmp", "pg_subtrans", "pg_tblspc", "pg_twophase", "pg_wal",
        "pg_xact", "PG_VERSION", "postmaster.pid", "backup_label", "backup_label.old", "backup_manifest",
        "tablespace_map",
        "tablespace_map.old", "current_logfiles", "standby.signal", "recovery.signal",
    ]

    private static func isOwn(_ name: String) -> Bool { !ofPostgres.contains(name) && !name.hasPrefix("baton") }

    package func rewind(
        from source: DirectorySource, keeping: Bool, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> Bool {
        try await saveSettings(deadline: deadline)
        if keeping {
            try await makeEmpty(deadline: deadline)
            // Blocks are shared where the file system can.
            try await must("/usr/bin/cp", ["-a", "--reflink=auto", "-T", path, making], deadline: deadline)
        } else {
            try displace()
        }
        do throws(HostError) {
            for name in ["standby.signal", "recovery.signal", "postmaster.pid"] {
                try DurableFile.remove("\(making)/\(name)")
            }
            try await recover(deadline: deadline)
        } catch {
            // Nothing of new has been written into it.
            if !keeping { try await putBack(deadline: deadline) }
            throw error
        }
        let result = try await connected(to: source, deadline: deadline) { (words) async throws(HostError) in
            try await program(
                "pg_rewind", ["-D", making, "--source-server", words, "--no-ensure-shutdown"], deadline: deadline)
        }
        guard result.status == 0 else { throw .refused("pg_rewind: \(result.complaint)") }
        if (result.output + result.errors).contains("no rewind required") {
            // As the text says: what was made is what was there.
            if keeping {
                try await removeTree(making, deadline: deadline)
            } else {
                try await putBack(deadline: deadline)
            }
            try markStandby(path)
            return false
        }
        try await restoreSettings(deadline: deadline)
        return true
    }

    package func copy(
        from source: DirectorySource, permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        try await saveSettings(deadline: deadline)
        try await makeEmpty(deadline: deadline)
        let result = try await connected(to: source, deadline: deadline) { (words) async throws(HostError) in
            try await program(
                "pg_basebackup",
                ["-D", making, "-d", words, "-X", "stream", "-S", source.slot, "-c", "fast", "--no-password"],
                deadline: deadline)
        }
        guard result.status == 0 else { throw .refused("pg_basebackup: \(result.complaint)") }
        let verified = try await program("pg_verifybackup", ["--quiet", making], deadline: deadline)
        guard verified.status == 0 else { throw .refused("pg_verifybackup: \(verified.complaint)") }
        try await restoreSettings(deadline: deadline)
    }

    // MARK: Parts

    private func makeEmpty(deadline: Deadline) async throws(HostError) {
        try await removeTree(making, deadline: deadline)
        try makeDirectory(making)
    }

    private func makeDirectory(_ place: String) throws(HostError) {
        let owner = try owner()
        guard mkdir(place, 0o700) == 0, chown(place, owner.user, owner.group) == 0 else {
            throw .refused("cannot make \(place): \(errorText())")
        }
    }

    /// Takes the data directory out of its place, so that nobody can start it while it is rewound. What stands there instead
    /// says that no primary may be started, and nothing else.
    private func displace() throws(HostError) {
        try move(path, to: making)
        try makeDirectory(path)
        try markStandby(path)
    }

    private func putBack(deadline: Deadline) async throws(HostError) {
        if !hasData { try await removeTree(path, deadline: deadline) }
        try move(making, to: path)
    }

    /// Keeps the server's own files, once: of a directory that is being rewound they are new's already.
    private func saveSettings(deadline: Deadline) async throws(HostError) {
        guard hasData else {
            guard Self.exists(settings) else {
                throw .refused("the settings of \(path) are nowhere: put them into \(settings)")
            }
            return
        }
        let unfinished = settings + ".tmp"
        try await removeTree(unfinished, deadline: deadline)
        try await removeTree(settings, deadline: deadline)
        try makeDirectory(unfinished)
        for name in try ProcessTable.names(in: path) where Self.isOwn(name) {
            try await must("/usr/bin/cp", ["-a", "\(path)/\(name)", unfinished + "/"], deadline: deadline)
        }
        try move(unfinished, to: settings)
    }

    /// The server's own files in place of those that came from new.
    private func restoreSettings(deadline: Deadline) async throws(HostError) {
        for name in try ProcessTable.names(in: making) where Self.isOwn(name) {
            try await removeTree("\(making)/\(name)", deadline: deadline)
        }
        try await must("/usr/bin/cp", ["-a", settings + "/.", making + "/"], deadline: deadline)
        try DurableFile.remove(making + "/recovery.signal")
        try markStandby(making)
    }

    private func markStandby(_ directory: String) throws(HostError) {
        let owner = try owner()
        try DurableFile.replace(
            directory + "/standby.signal", with: [], mode: 0o600, owner: owner.user, group: owner.group)
    }

    /// Crash recovery in single-user mode, which `pg_rewind` needs and would do itself, but with the settings of the directory
    /// in its place. There is no `standby.signal`, with which it refuses to run.
    private func recover(deadline: Deadline) async throws(HostError) {
        let state = try await controlData(of: making, deadline: deadline)["Database cluster state"] ?? ""
        guard !state.hasPrefix("shut down") else { return }
        var arguments = ["--single", "-F", "-D", making]
        if !Self.exists(making + "/postgresql.conf") {
            // Debian keeps it in /etc; the last start's options name it.
            let options = (try? DurableFile.readText(making + "/postmaster.opts")) ?? ""
            guard let file = options.split(separator: "\"").first(where: { $0.hasPrefix("config_file=") }) else {
                throw .refused("\(path) has neither postgresql.conf nor options that name one")
            }
            arguments += ["-c", String(file)]
        }
        let result = try await program(
            "postgres", arguments + ["-c", "data_directory=\(making)", "template1"], deadline: deadline)
        guard result.status == 0 else { throw .refused("crash recovery of \(making): \(result.complaint)") }
    }

    private func connected(
        to source: DirectorySource, deadline: Deadline,
        _ body: (String) async throws(HostError) -> Program.Result
    ) async throws(HostError) -> Program.Result {
        var words: [(name: String, value: String)] = [
            ("host", source.host), ("port", "\(source.port)"), ("user", source.user), ("dbname", source.database),
        ]
        words += source.settings
        if let password = source.password {
            let owner = try owner()
            let line = try password.reveal { text in
                Result { () throws(HostError) in
                    try ConfigurationText.passwordLine(
                        host: source.host, port: source.port, user: source.user, password: text)
                }
            }.get()
            try DurableFile.replace(
                passwordFile, with: Array((line + "\n").utf8), mode: 0o600, owner: owner.user, group: owner.group)
            words.append(("passfile", passwordFile))
        }
        // Left behind where Baton dies, it is removed by the next attempt.
        defer { unlink(passwordFile) }
        return try await body(connectionString(words))
    }

    func move(_ from: String, to place: String) throws(HostError) {
        guard rename(from, place) == 0 else { throw .refused("cannot move \(from) to \(place): \(errorText())") }
        try DurableFile.synchronizeDirectory(DurableFile.parent(of: place))
    }

    func removeTree(_ path: String, deadline: Deadline) async throws(HostError) {
        guard Self.exists(path) else { return }
        // By this process's user: the parent need not be the owner's.
        let result = try await Program.run(
            "/usr/bin/rm", ["-rf", "--one-file-system", path], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
            deadline: deadline)
        guard result.status == 0 else { throw .refused("cannot remove \(path): \(result.complaint)") }
    }
}
