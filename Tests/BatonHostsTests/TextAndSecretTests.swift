import BatonCore
import BatonEngine
import Glibc
import Synchronization
import Testing

@testable import BatonHosts

@Suite struct ConfigurationTextTests {
    @Test("all lines of a setting go, whatever their case, and the new one is quoted")
    func replaces() throws {
        let old = "# kept\nport = 1\nPORT = '2'\n  Port=3\nportal.x = 'kept'\n"
        let new = try ConfigurationText.replacing([(name: "port", value: #"o'\"#)], in: old)
        #expect(new == "# kept\nportal.x = 'kept'\nport = 'o''\\\\'\n")
        #expect(try ConfigurationText.replacing([(name: "port", value: nil)], in: new) == "# kept\nportal.x = 'kept'\n")
    }

    @Test("a line break or a name that is none is refused", arguments: ["a\nb = 'c'", "a\rb"])
    func refuses(text: String) {
        #expect(throws: HostError.self) { try ConfigurationText.replacing([(name: "port", value: text)], in: "") }
        #expect(throws: HostError.self) { try ConfigurationText.replacing([(name: text, value: "1")], in: "") }
    }

    @Test("fields of a password file are escaped, the database's star is not")
    func passwordFile() throws {
        let line = try ConfigurationText.passwordFile(host: "fd00::1", port: 5432, user: #"a\b"#, password: "p:w")
        #expect(line == #"fd00\:\:1:5432:*:a\\b:p\:w"# + "\n")
    }
}

@Suite struct SecretResolverTests {
    private func value(_ secret: Secret) -> String { secret.reveal { $0 } }

    @Test("a file gives its first line; one that others can read also gives a warning")
    func file() async throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path + "/secret"
        try append("first\nsecond\n", to: path)
        let warnings = Mutex<[String]>([])
        let resolver = SecretResolver { text in warnings.withLock { $0.append(text) } }
        chmod(path, 0o600)
        #expect(value(try await resolver.resolve(.file(path), deadline: soon())) == "first")
        #expect(warnings.withLock { $0.isEmpty })
        chmod(path, 0o640)
        #expect(value(try await resolver.resolve(.file(path), deadline: soon())) == "first")
        #expect(warnings.withLock { $0.count } == 1)
        await temporary.remove()
        await #expect(throws: SecretError.self) { try await resolver.resolve(.file(path), deadline: soon()) }
    }

    @Test("a command gives its first line; its failure tells nothing of what it printed")
    func command() async throws {
        let resolver = SecretResolver()
        let secret = try await resolver.resolve(.command(["/usr/bin/printf", "one\\ntwo\\n"]), deadline: soon())
        #expect(value(secret) == "one")
        let error = await #expect(throws: SecretError.self) {
            try await resolver.resolve(
                .command(["sh", "-c", "echo hidden; echo hidden >&2; exit 3"]), deadline: soon())
        }
        #expect(error?.description.contains("status 3") == true)
        #expect(error?.description.contains("hidden") == false)
        await #expect(throws: SecretError.self) {
            try await resolver.resolve(.command(["no-such-program-here"]), deadline: soon())
        }
        await #expect(throws: SecretError.self) {
            try await resolver.resolve(.command(["true"]), deadline: soon())
        }
    }

    @Test("a command that hangs is ended at the deadline")
    func hangingCommand() async throws {
        let before = SystemClock.now()
        await #expect(throws: SecretError.self) {
            try await SecretResolver().resolve(
                .command(["sleep", "60"]), deadline: SystemClock.deadline(in: .milliseconds(50)))
        }
        #expect(SystemClock.now() - before < .seconds(30))
    }

    @Test("a variable that is not set is an error")
    func environment() async throws {
        await #expect(throws: SecretError.self) {
            try await SecretResolver().resolve(.environment("BATON_NO_SUCH_VARIABLE"), deadline: soon())
        }
        #expect(value(try await SecretResolver().resolve(.environment("PATH"), deadline: soon())).contains("/"))
    }
}

@Suite struct FileHostTests {
    @Test("a replaced file keeps mode and owner, and a link to it stays a link")
    func replace() async throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path + "/file"
        try append("", to: path)
        chmod(path, 0o640)
        chown(path, temporary.account.user, temporary.account.group)
        let link = temporary.path + "/link"
        symlink(path, link)
        let permit = testPermit()
        try await LocalFileHost().replace(link, with: "new\n", permit: permit, deadline: soon())
        #expect(try await LocalFileHost().read(path, deadline: soon()) == "new\n")
        var status = stat()
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o640 && status.st_uid == temporary.account.user)
        #expect(try ProcessTable.names(in: temporary.path).sorted() == ["file", "link"])
        await temporary.remove()
    }
}
