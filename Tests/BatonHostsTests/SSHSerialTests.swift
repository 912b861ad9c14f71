import BatonCore
import Glibc
import TestServers
import Testing

@testable import BatonEngine
@testable import BatonHosts

/// The way to another host: what reaches its shell, and how each failure is told.
@Suite(.serialized)
struct SSHSerialTests {
    private let permit = Permit(run: "test", step: "test")

    private func withServer(_ body: (SSHServer, TemporaryDirectory) async throws -> Void) async throws {
        let temporary = try TemporaryDirectory()
        var failure: (any Error)?
        do {
            let server = try await SSHServer.start(in: temporary.path, as: temporary.account)
            defer { server.stop() }
            try await body(server, temporary)
        } catch {
            failure = error
        }
        await temporary.remove()
        if let failure { throw failure }
    }

    private func failure(
        _ control: SSHControl, deadline: Deadline = soon(10), _ script: String = "exit 0"
    ) async -> HostError? {
        do throws(HostError) {
            _ = try await SSHCommand(control: control).run(script, [], deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    @Test("every argument arrives to the letter, whatever it holds, and none is a command")
    func quoting() async throws {
        try await withServer { server, temporary in
            let trap = temporary.path + "/trap"
            let arguments = [
                "", " ", "two words", "it's", "\"double\"", "'", "''", "$(touch \(trap))", "`touch \(trap)`",
                "'; touch \(trap); '", "a\nb", "\n", "ends\n\n", "-n", "--", "-e", "\\", "\\n", "\\'", "!!", "*", "~",
                "$HOME",
                "%s", "é ü 漢 🐘", "'\u{301}; touch \(trap); '\u{301}", "a\u{7f}\u{1b}[31m\tb", "baton-ended 0", "EOF",
                "#", "{a,b}",
                "\r\n", String(repeating: "x", count: 200_000),
            ]
            let answer = try await SSHCommand(control: server.control).run(
                #"for word in "$@"; do printf '%s' "$word" | od -An -v -tx1 | tr -d ' \n'; echo; done"#, arguments,
                deadline: soon())
            #expect(answer.status == 0)
            let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let wanted = arguments.map { word in
                word.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            #expect(lines.count == wanted.count)
            for (line, want) in zip(lines, wanted) { #expect(line == want) }
            #expect(access(trap, F_OK) != 0)
            await #expect(throws: HostError.refused("an argument for another host holds a NUL")) {
                _ = try await SSHCommand(control: server.control).run("exit 0", ["a\0b"], deadline: soon())
            }
        }
    }

    @Test("what the script says comes back, and its status is not ssh's, not even 255")
    func statuses() async throws {
        try await withServer { server, _ in
            let command = SSHCommand(control: server.control)
            for status: Int32 in [0, 1, 10, 127, 254, 255] {
                let answer = try await command.run("echo out; echo err >&2; exit \(status)", [], deadline: soon())
                #expect(answer == .init(status: status, output: "out\n", errors: "err\n"))
            }
            // It finds nothing on its stdin, so that no command of it eats the rest of the script.
            let input = try await command.run("cat; echo end", [], deadline: soon())
            #expect(input.output == "end\n")
        }
    }

    @Test("a connection that breaks while a command runs leaves its effect unknown")
    func broken() async throws {
        try await withServer { server, _ in
            let error = await failure(server.control, "kill -9 $PPID; sleep 5")
            guard case .unknown(let text)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(text.contains("broke while it worked"), "\(text)")
        }
    }

    @Test("each failure to reach a shell is told apart, with the exact next command, and nothing happened")
    func failures() async throws {
        try await withServer { server, temporary in
            func refusal(_ change: (inout SSHControl) throws -> Void) async throws -> String {
                var control = server.control
                try change(&control)
                let error = await failure(control)
                guard case .refused(let text)? = error else {
                    Issue.record("\(error as Any)")
                    return ""
                }
                return text
            }
            let port = try HookServer.freePort()
            let listening = try await refusal { $0.port = port }
            #expect(listening.contains("nobody listens for ssh") && listening.contains("-p \(port)"), "\(listening)")
            let name = try await refusal { $0.host = "nowhere.invalid" }
            #expect(name.contains("cannot reach") && name.contains("nowhere.invalid"), "\(name)")
            // A changed key, and none at all.
            let changed = try await refusal { $0.knownHosts = server.wrongKnownHosts }
            let empty = temporary.path + "/none"
            try append("", to: empty)
            let unknown = try await refusal { $0.knownHosts = empty }
            for text in [changed, unknown] {
                #expect(
                    text.contains("the host key of") && text.contains("ssh-keyscan -p \(server.control.port)"),
                    "\(text)")
                #expect(text.contains("ssh-keygen -R '[127.0.0.1]:\(server.control.port)'"), "\(text)")
            }
            let stranger = try await refusal { $0.identityFile = server.strangersKey }
            #expect(stranger.contains("does not let Baton in"), "\(stranger)")
            #expect(stranger.contains("ssh-copy-id -i \(server.strangersKey)"), "\(stranger)")
            let missing = try await refusal { $0.identityFile = temporary.path + "/no key" }
            #expect(missing.contains("does not let Baton in"), "\(missing)")
            // A forced command runs in the place of a shell.
            let key = try DurableFile.readText(server.strangersKey + ".pub")
            try append("command=\"exit 3\" " + key, to: server.authorizedKeys)
            let forced = try await refusal { $0.identityFile = server.strangersKey }
            #expect(forced.contains("gave no shell (status 3"), "\(forced)")
        }
    }

    @Test("a host that takes connections and says nothing costs the deadline and no more")
    func hangs() async throws {
        try await withServer { server, _ in
            server.hang()
            let before = SystemClock.now()
            let error = await failure(server.control, deadline: SystemClock.deadline(in: .milliseconds(700)))
            let taken = SystemClock.now() - before
            server.goOn()
            guard case .timedOut(let text)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(text.contains("does not answer ssh"), "\(text)")
            #expect(taken >= .milliseconds(700) && taken < .seconds(5))
            #expect(await failure(server.control) == nil)
        }
    }

    @Test("nothing of this machine's own configuration is used, and nobody is asked anything")
    func options() {
        let control = SSHControl(host: "db", user: "postgres", identityFile: "/a b/k%h", knownHosts: "/k\"h")
        let words = SSHCommand(control: control).arguments(deadline: SystemClock.deadline(in: .seconds(3)))
        #expect(words.suffix(3) == ["--", "db", "exec /bin/sh -s"])
        #expect(words.starts(with: ["-T", "-x", "-a", "-F", "none"]))
        for option in [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "PasswordAuthentication=no",
            "KbdInteractiveAuthentication=no", "IdentityAgent=none", "ForwardAgent=no", "ControlPath=none",
            "IdentityFile=\"/a b/k%%h\"", "UserKnownHostsFile=\"/k\\\"h\"", "GlobalKnownHostsFile=/dev/null",
        ] { #expect(words.contains(option), "\(option)") }
        #expect(words.contains("ConnectTimeout=3") || words.contains("ConnectTimeout=4"))
    }

    @Test("a script that arrives in part does nothing")
    func cutOff() async throws {
        let whole = try SSHCommand.input("echo done", ["a"])
        for length in stride(from: 0, to: whole.utf8.count - 16, by: 7) {
            let part = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            let result = try await Program.ask("/bin/sh", ["-s"], variables: [:], input: part, deadline: soon())
            #expect(result.output.isEmpty, "\(part)")
        }
    }

    @Test("a password travels on stdin, and never stands in the host's list of processes")
    func secret() async throws {
        try await withDataDirectory { directory, account in
            try await withSSH(beside: directory, as: account) { server in
                let secret = "s3cr3t-\(UInt64.random(in: 0 ... .max))"
                let watcher = Task {
                    var seen = false
                    while !Task.isCancelled {
                        for pid in try ProcessTable.processes() {
                            if ProcessTable.arguments(pid)?.contains(where: { $0.contains(secret) }) == true {
                                seen = true
                            }
                        }
                        await Task.yield()
                    }
                    return seen
                }
                let host = SSHDatabaseHost(server.control, directory)
                let path = try await host.writePasswordFile(
                    host: "db", port: 5432, user: "baton", password: Secret(secret), permit: permit, deadline: soon())
                watcher.cancel()
                #expect(try await !watcher.value)
                #expect(try DurableFile.readText(path) == "db:5432:*:baton:\(secret)\n")
            }
        }
    }

    @Test("a data directory with blanks, quotes and marks in its path is one directory")
    func oddPath() async throws {
        let temporary = try TemporaryDirectory()
        let odd = Node.DataDirectory(
            path: temporary.path + "/it's a \"dir\" $(touch \(temporary.path)/trap) é\n;", binDirectory: binDirectory)
        let made = try await Program.run(
            "/bin/mkdir", ["-p", odd.path + "/pg_wal"], as: temporary.account, deadline: soon())
        #expect(made.status == 0)
        try append("15\n", to: odd.path + "/PG_VERSION")
        do {
            try await withSSH(
                beside: Node.DataDirectory(path: temporary.path + "/x", binDirectory: ""), as: temporary.account
            ) { server in
                let host = SSHDatabaseHost(server.control, odd)
                #expect(try await host.serverProcess(deadline: soon()) == .none)
                try await host.setStandbySignal(true, permit: permit, deadline: soon())
                #expect(access(odd.path + "/standby.signal", F_OK) == 0)
                #expect(try await host.hasStandbySignal(deadline: soon()))
                try await host.setAutoConfiguration([(name: "a.b", value: "it's")], permit: permit, deadline: soon())
                #expect(try DurableFile.readText(odd.path + "/postgresql.auto.conf") == "a.b = 'it''s'\n")
                #expect(try await host.newestHistoryFile(deadline: soon()) == nil)
                #expect(access(temporary.path + "/trap", F_OK) != 0)
            }
        } catch {
            await temporary.remove()
            throw error
        }
        await temporary.remove()
    }
}
