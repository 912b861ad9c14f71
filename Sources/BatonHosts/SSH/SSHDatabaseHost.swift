package import BatonCore
package import BatonEngine

/// The data directory of a node on another machine, by OpenSSH. It means what `LocalDatabaseHost` means; one suite of tests
/// runs against both.
package struct SSHDatabaseHost: DatabaseHost {
    private let command: SSHCommand
    private let directory: Node.DataDirectory

    /// - Parameters:
    ///   - control: how to log in; as the owner of the directory, or as root.
    ///   - directory: the node's data directory and the programs that belong to it, on the other machine.
    package init(_ control: SSHControl, _ directory: Node.DataDirectory) {
        command = SSHCommand(control: control)
        self.directory = directory
    }

    package func controlFile(deadline: Deadline) async throws(HostError) -> ControlFile {
        while true {
            let text = try await look(RemoteScripts.controlFile, [], deadline: deadline)
            if let control = try ControlFile.parse(Self.bytes(text)) { return control }
            // A running server writes the file while we read it; a torn copy is read again.
            guard SystemClock.now() < deadline else {
                throw .refused("\(directory.path)/global/pg_control has a wrong checksum")
            }
        }
    }

    package func serverProcess(deadline: Deadline) async throws(HostError) -> ServerProcess {
        let words = try await look(RemoteScripts.serverProcess, [], deadline: deadline)
            .split(whereSeparator: \.isWhitespace)
        let numbers = words.dropFirst().compactMap { Int32($0) }
        switch words.first {
        case "none": return .none
        case "running" where numbers.count == 1: return .running(numbers[0])
        case "orphans" where !numbers.isEmpty: return .orphans(numbers.sorted())
        default: throw .unknown("the host of \(directory.path) gave an answer that says nothing of its processes")
        }
    }

    package func hasStandbySignal(deadline: Deadline) async throws(HostError) -> Bool {
        switch try await look(RemoteScripts.hasStandbySignal, [], deadline: deadline) {
        case "present\n": return true
        case "absent\n": return false
        default: throw .unknown("the host of \(directory.path) gave an answer that says nothing of standby.signal")
        }
    }

    package func newestHistoryFile(deadline: Deadline) async throws(HostError) -> TimelineID? {
        try await look(RemoteScripts.historyFiles, [], deadline: deadline).split(separator: "\n").compactMap { name in
            // Exactly eight hexadecimal digits; a history file in the making has a longer name.
            name.count == 16 && name.hasSuffix(".history") ? TimelineID(name.prefix(8), radix: 16) : nil
        }.max()
    }

    package func stop(_ mode: StopMode, permit: Permit, deadline: Deadline) async throws(HostError) {
        let word =
            switch mode {
            case .fast: "fast"
            case .immediate: "immediate"
            case .kill: "kill"
            }
        try await change(RemoteScripts.stop, [word], deadline: deadline)
    }

    package func waitUntilStopped(deadline: Deadline) async throws(HostError) {
        try await change(RemoteScripts.waitUntilStopped, [Self.patience(deadline)], deadline: deadline)
    }

    package func start(permit: Permit, deadline: Deadline) async throws(HostError) {
        try await change(
            RemoteScripts.start, [directory.binDirectory, Self.patience(deadline)], deadline: deadline)
    }

    package func setStandbySignal(_ present: Bool, permit: Permit, deadline: Deadline) async throws(HostError) {
        if present {
            try await change(RemoteScripts.replaceFile, ["standby.signal", "new", "", ""], deadline: deadline)
        } else {
            try await change(RemoteScripts.removeFile, ["standby.signal"], deadline: deadline)
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
        ConfigurationText.hasOverlay(try await text(Self.autoConfiguration, deadline: deadline))
    }

    private static let autoConfiguration = "postgresql.auto.conf"

    private func text(_ name: String, deadline: Deadline) async throws(HostError) -> String {
        let found = Self.bytes(try await look(RemoteScripts.readFile, [name], deadline: deadline))
        guard let text = String(validating: found, as: UTF8.self) else {
            throw .refused("\(directory.path)/\(name) is not UTF-8 text")
        }
        return text
    }

    private func changeAutoConfiguration(
        _ deadline: Deadline, _ change: (String) throws(HostError) -> String
    ) async throws(HostError) {
        let name = Self.autoConfiguration
        let old = try await text(name, deadline: deadline)
        let new = try change(old)
        // Compared on the host: an ALTER SYSTEM between the two calls is not lost.
        if new != old { try await self.change(RemoteScripts.replaceFile, [name, "if", old, new], deadline: deadline) }
    }

    package func writePasswordFile(
        host: String, port: Int, user: String, password: Secret, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> String {
        let line = try password.reveal { text in
            Result { () throws(HostError) in
                try ConfigurationText.passwordLine(host: host, port: port, user: user, password: text)
            }
        }.get()
        let name = "baton.pgpass"
        // Where there is none yet, nothing can be read.
        let old = (try? await text(name, deadline: deadline)) ?? ""
        try await change(
            RemoteScripts.replaceFile, [name, "new", "", ConfigurationText.adding(line, to: old)], deadline: deadline)
        return directory.path + "/" + name
    }

    // MARK: Calls

    /// Milliseconds that a script may take on its own, a little less than is left, so that its own words come back.
    private static func patience(_ deadline: Deadline) -> String {
        "\(max(0, (deadline - SystemClock.now()).nanoseconds / 1_000_000 - 100))"
    }

    /// A question: whatever fails, nothing was changed.
    private func look(_ script: String, _ arguments: [String], deadline: Deadline) async throws(HostError) -> String {
        let answer = try await run(script, arguments, deadline: deadline)
        guard answer.status == 0 else { throw .refused(words(of: answer)) }
        return answer.output
    }

    /// An effect: only the script's own refusal proves that nothing was changed.
    private func change(_ script: String, _ arguments: [String], deadline: Deadline) async throws(HostError) {
        let answer = try await run(script, arguments, deadline: deadline)
        switch answer.status {
        case 0: return
        case RemoteScripts.refusal: throw .refused(words(of: answer))
        case RemoteScripts.tooLate: throw .timedOut(words(of: answer))
        default: throw .unknown(words(of: answer))
        }
    }

    private func run(
        _ script: String, _ arguments: [String], deadline: Deadline
    ) async throws(HostError) -> SSHCommand.Answer {
        try await command.run(RemoteScripts.prelude + script, [directory.path] + arguments, deadline: deadline)
    }

    /// What the script said, or its status where it said nothing: a remote command that failed.
    private func words(of answer: SSHCommand.Answer) -> String {
        let lines = answer.errors.split(separator: "\n").suffix(10).joined(separator: "\n")
        let host = command.control.host
        return lines.isEmpty ? "a command on \(host) ended with status \(answer.status)" : "\(host): \(lines)"
    }

    /// What `od -An -v -tx1` prints.
    private static func bytes(_ dump: String) -> [UInt8] {
        dump.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
    }
}
