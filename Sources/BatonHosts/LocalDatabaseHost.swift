package import BatonCore
package import BatonEngine
import Glibc

/// The data directory of a node on this machine.
package struct LocalDatabaseHost: DatabaseHost {
    private let server: LocalServer
    private var path: String { server.directory.path }
    var directory: Node.DataDirectory { server.directory }

    /// - Parameter directory: the node's data directory and the programs that belong to it.
    package init(_ directory: Node.DataDirectory) {
        self.server = LocalServer(directory)
    }

    package var directories: (any DirectoryHost)? { LocalDirectoryHost(server.directory) }

    package func controlFile(deadline: Deadline) async throws(HostError) -> ControlFile {
        let file = path + "/global/pg_control"
        return try await BlockingCall.run("reading \(file)", deadline: deadline) { () throws(HostError) in
            while true {
                if let control = try ControlFile.parse(DurableFile.read(file)) { return control }
                // A running server writes the file while we read it; a torn copy is read again.
                guard SystemClock.now() < deadline else { throw .refused("\(file) has a wrong checksum") }
                usleep(1_000)
            }
        }
    }

    package func serverProcess(deadline: Deadline) async throws(HostError) -> ServerProcess {
        try await server.process(deadline: deadline)
    }

    package func hasStandbySignal(deadline: Deadline) async throws(HostError) -> Bool {
        let directory = path
        return try await BlockingCall.run("looking for standby.signal", deadline: deadline) { () throws(HostError) in
            if access(directory + "/standby.signal", F_OK) == 0 { return true }
            let code = errno
            guard code == ENOENT, access(directory + "/PG_VERSION", F_OK) == 0 else {
                throw .refused("cannot look into the data directory \(directory): \(errorText(code))")
            }
            return false
        }
    }

    package func newestHistoryFile(deadline: Deadline) async throws(HostError) -> TimelineID? {
        let directory = path + "/pg_wal"
        return try await BlockingCall.run("listing \(directory)", deadline: deadline) { () throws(HostError) in
            try ProcessTable.names(in: directory).compactMap { name in
                // Exactly eight hexadecimal digits; a history file in the making has a longer name.
                name.count == 16 && name.hasSuffix(".history") ? TimelineID(name.prefix(8), radix: 16) : nil
            }.max()
        }
    }

    package func historyFile(of timeline: TimelineID, deadline: Deadline) async throws(HostError) -> String? {
        let file = "\(path)/pg_wal/\(LogSegment.digits(UInt64(timeline))).history"
        return try await BlockingCall.run("reading \(file)", deadline: deadline) { () throws(HostError) in
            access(file, F_OK) == 0 ? try DurableFile.readText(file) : nil
        }
    }

    package func logListing(
        _ timeline: TimelineID, from start: LSN, to end: LSN?, records: Int, deadline: Deadline
    ) async throws(HostError) -> LogListing {
        try await server.logListing(timeline, from: start, to: end, records: records, deadline: deadline)
    }

    package func stop(_ mode: StopMode, permit: Permit, deadline: Deadline) async throws(HostError) {
        try await server.requestStop(mode, deadline: deadline)
    }

    package func waitUntilStopped(deadline: Deadline) async throws(HostError) {
        try await server.waitUntilStopped(deadline: deadline)
    }

    package func start(permit: Permit, deadline: Deadline) async throws(HostError) {
        try await server.start(deadline: deadline)
    }

    package func setStandbySignal(
        _ present: Bool, permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        let directory = path
        try await BlockingCall.run("changing standby.signal", deadline: deadline, finishes: true) {
            () throws(HostError) in
            if present {
                try Self.write([], to: directory + "/standby.signal", in: directory)
            } else {
                try DurableFile.remove(directory + "/standby.signal")
            }
        }
    }

    package func setAutoConfiguration(
        _ settings: [(name: String, value: String?)], permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        try await changeAutoConfiguration(deadline) { (text) throws(HostError) in
            try ConfigurationText.replacing(settings, in: text)
        }
    }

    package func overlayAutoConfiguration(
        _ settings: [(name: String, value: String)], permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        try await changeAutoConfiguration(deadline) { (text) throws(HostError) in
            try ConfigurationText.overlaying(settings, on: text)
        }
    }

    package func restoreAutoConfiguration(permit: Permit, deadline: Deadline) async throws(HostError) {
        try await changeAutoConfiguration(deadline) { ConfigurationText.restoring($0) }
    }

    package func hasOverlay(deadline: Deadline) async throws(HostError) -> Bool {
        let file = path + "/postgresql.auto.conf"
        return try await BlockingCall.run("reading \(file)", deadline: deadline) { () throws(HostError) in
            guard access(file, F_OK) == 0 else { return false }
            return ConfigurationText.hasOverlay(try DurableFile.readText(file))
        }
    }

    private func changeAutoConfiguration(
        _ deadline: Deadline, _ change: @escaping @Sendable (String) throws(HostError) -> String
    ) async throws(HostError) {
        let directory = path
        try await BlockingCall.run("changing postgresql.auto.conf", deadline: deadline, finishes: true) {
            () throws(HostError) in
            let file = directory + "/postgresql.auto.conf"
            let old = access(file, F_OK) == 0 ? try DurableFile.readText(file) : ""
            let new = try change(old)
            if new != old { try Self.write(Array(new.utf8), to: file, in: directory) }
        }
    }

    package func writePasswordFile(
        host: String, port: Int, user: String, password: Secret, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> String {
        let directory = path
        let file = directory + "/baton.pgpass"
        let line = try password.revealed { (text) throws(HostError) in
            try ConfigurationText.passwordLine(host: host, port: port, user: user, password: text)
        }
        try await BlockingCall.run("writing \(file)", deadline: deadline, finishes: true) {
            () throws(HostError) in
            let old = access(file, F_OK) == 0 ? try DurableFile.readText(file) : ""
            try Self.write(Array(ConfigurationText.adding(line, to: old).utf8), to: file, in: directory)
        }
        return file
    }

    private static func write(_ bytes: [UInt8], to file: String, in directory: String) throws(HostError) {
        let owner = try DirectoryProcesses(directory)
        try DurableFile.replace(file, with: bytes, mode: 0o600, owner: owner.owner, group: owner.group)
    }
}

extension Secret {
    /// `reveal` with a typed error, which `rethrows` cannot carry.
    fileprivate func revealed<Value>(
        _ body: (String) throws(HostError) -> Value
    ) throws(HostError) -> Value {
        try reveal { text in Result { () throws(HostError) in try body(text) } }.get()
    }
}
