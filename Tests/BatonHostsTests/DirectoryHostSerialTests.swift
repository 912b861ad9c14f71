import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonHosts

/// What stands beside a data directory when the process that remade it has died, and what the next one makes of it. The
/// directories are named only by a file that says which of them each is; no server is asked.
@Suite("A data directory in the making", .serialized)
struct DirectoryHostSerialTests {
    private struct Ground {
        let directory: TemporaryDirectory
        let host: LocalDirectoryHost
        var path: String { host.path }

        func make(_ place: String, saying name: String, data: Bool = true, ready: String? = nil) throws {
            try #require(mkdir(place, 0o700) == 0)
            try #require(chown(place, directory.account.user, directory.account.group) == 0)
            if data {
                try append("15\n", to: place + "/PG_VERSION")
                try #require(mkdir(place + "/pg_tblspc", 0o700) == 0)
            }
            try append(name, to: place + "/name")
            if let ready { try append(ready, to: place + "/baton-ready") }
        }

        func name(of place: String) -> String? { try? DurableFile.readText(place + "/name") }

        /// What stands beside the data directory.
        func beside() throws -> [String] {
            try ProcessTable.names(in: directory.path).filter { $0 != "data" }.sorted()
        }
    }

    private func with(_ body: (Ground) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let host = LocalDirectoryHost(
            Node.DataDirectory(path: directory.path + "/data", binDirectory: binDirectory))
        var failure: (any Error)?
        do { try await body(Ground(directory: directory, host: host)) } catch { failure = error }
        await directory.remove()
        if let failure { throw failure }
    }

    private var permit: Permit { testPermit() }

    @Test("Half made, the old one in its place: it goes, and the old one stays")
    func half() async throws {
        try await with { ground in
            try ground.make(ground.path, saying: "old")
            try ground.make(ground.host.making, saying: "half")
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(ground.name(of: ground.path) == "old")
            #expect(try ground.beside() == [])
        }
    }

    @Test("Half rewound, nothing in its place but the marker: it stays where nobody starts it, and says so")
    func rewound() async throws {
        try await with { ground in
            try ground.make(ground.path, saying: "placeholder", data: false)
            try ground.make(ground.host.making, saying: "half")
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(ground.name(of: ground.host.making) == "half")
            let layout = try await ground.host.layout(measured: false, deadline: soon())
            #expect(!layout.exists && layout.isInTheMaking)
        }
    }

    @Test("Whole and not yet in its place: it goes there, and the old one is kept with its note")
    func whole() async throws {
        try await with { ground in
            let kept = ground.path + ".baton-kept-r1"
            try ground.make(ground.path, saying: "old")
            try ground.make(ground.host.making, saying: "new", ready: "keep \(kept)\ndiverged at 0/1\n")
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(ground.name(of: ground.path) == "new" && ground.name(of: kept) == "old")
            let layout = try await ground.host.layout(measured: false, deadline: soon())
            #expect(!layout.isInTheMaking && layout.kept?.path == kept && layout.kept?.note == "diverged at 0/1\n")
            #expect(try ground.beside() == ["data.baton-kept-r1"])
        }
    }

    @Test(
        "In its place and not settled: told as unfinished, then the old one is kept, or goes", arguments: [true, false])
    func exchanged(keeps: Bool) async throws {
        try await with { ground in
            let (kept, gone) = (ground.path + ".baton-kept-r1", ground.host.discarded)
            try ground.make(ground.path, saying: "new", ready: keeps ? "keep \(kept)\nwhy\n" : "discard \(gone)\n")
            try ground.make(ground.host.making, saying: "old")
            let before = try await ground.host.layout(measured: false, deadline: soon())
            #expect(before.isInTheMaking)
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(ground.name(of: ground.path) == "new" && ground.name(of: kept) == (keeps ? "old" : nil))
            #expect(try ground.beside() == (keeps ? ["data.baton-kept-r1"] : []))
        }
    }

    @Test("In its place and settled but for its own file: told as unfinished, then it is not any more")
    func almostSettled() async throws {
        try await with { ground in
            let kept = ground.path + ".baton-kept-r1"
            try ground.make(kept, saying: "old")
            try ground.make(ground.path, saying: "new", ready: "keep \(kept)\nwhy\n")
            #expect(try await ground.host.layout(measured: false, deadline: soon()).isInTheMaking)
            try await ground.host.settle(permit: permit, deadline: soon())
            let layout = try await ground.host.layout(measured: false, deadline: soon())
            #expect(!layout.isInTheMaking && layout.kept?.note == "why\n" && ground.name(of: ground.path) == "new")
        }
    }

    @Test("Where two names cannot change places at once: between the two moves, and after them")
    func moved() async throws {
        try await with { ground in
            let kept = ground.path + ".baton-kept-r1"
            try ground.make(kept, saying: "old")
            try ground.make(ground.host.making, saying: "new", ready: "keep \(kept)\nwhy\n")
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(ground.name(of: ground.path) == "new" && ground.name(of: kept) == "old")
            #expect(try ground.beside() == ["data.baton-kept-r1"])
        }
    }

    @Test("What an earlier attempt left at work is ended, and nobody else is")
    func leftovers() async throws {
        try await with { ground in
            try ground.make(ground.path, saying: "old")
            let account = ground.directory.account
            async let other = Program.run(
                "/bin/sh", ["-c", "sleep 2", "x", ground.host.making + "-of-another"], as: account, deadline: soon(20))
            // The shell keeps the words behind its script as arguments.
            let script = "while :; do sleep 0.2; done"
            async let working = Program.run(
                "/bin/sh", ["-c", script, "x", ground.host.making], as: account, deadline: soon(20))
            try await SystemClock.sleep(.milliseconds(300))
            try await ground.host.settle(permit: permit, deadline: soon())
            #expect(try await working.status == 128 + SIGKILL)
            #expect(try await other.status == 0)
        }
    }
}
