import BatonCore
import Glibc
import TestServers
import Testing

@testable import BatonEngine
@testable import BatonHosts

/// What a database host means, by each way to reach one, against a real server.
@Suite(.serialized)
struct DatabaseHostSerialTests {
    private let permit = Permit(run: "test", step: "test")

    @Test("start, fast stop and the control file, as pg_controldata sees them", arguments: HostWay.allCases)
    func cleanCycle(way: HostWay) async throws {
        try await withHost(way) { host, directory, account in
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            try await host.start(permit: permit, deadline: soon())
            guard case .running(let pid) = try await host.serverProcess(deadline: soon()) else {
                Issue.record("no postmaster was found")
                return
            }
            #expect(ProcessTable.parent(of: pid) != getpid())
            #expect(try await host.controlFile(deadline: soon()).state == .inProduction)
            // A second start of a running server changes nothing.
            try await host.start(permit: permit, deadline: soon())
            #expect(try await host.serverProcess(deadline: soon()) == .running(pid))

            try await host.stop(.fast, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            #expect(access(directory.path + "/postmaster.pid", F_OK) != 0)

            let control = try await host.controlFile(deadline: soon())
            let said = try await Program.run(
                binDirectory + "/pg_controldata", ["-D", directory.path], as: account,
                environment: ["LC_ALL": "C"], deadline: soon())
            func value(_ name: String) -> String? {
                said.output.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                    .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
            }
            #expect(control.state == .shutDown)
            #expect(value("Database cluster state") == "shut down")
            #expect(value("Database system identifier") == "\(control.systemIdentifier)")
            #expect(value("Latest checkpoint location") == "\(control.checkpoint)")
            #expect(value("Latest checkpoint's TimeLineID") == "\(control.checkpointTimeline)")
        }
    }

    @Test(
        "an immediate stop leaves no process and a control file that does not say shut down",
        arguments: HostWay.allCases)
    func immediateStop(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            try await host.start(permit: permit, deadline: soon())
            try await host.stop(.immediate, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            #expect(try await host.controlFile(deadline: soon()).state == .inProduction)
            // And it comes back, recovering from the log.
            try await host.start(permit: permit, deadline: soon())
            try await host.stop(.fast, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())
            #expect(try await host.controlFile(deadline: soon()).state == .shutDown)
        }
    }

    @Test("backends that outlive their postmaster are orphans, and a stop ends them", arguments: HostWay.allCases)
    func orphans(way: HostWay) async throws {
        try await withHost(way) { host, directory, account in
            try await host.start(permit: permit, deadline: soon())
            // A backend that looks at nothing for a long while does not notice that its postmaster died.
            let busy = Task {
                try await Program.run(
                    "psql",
                    [
                        "-XAt", "-h", DurableFile.parent(of: directory.path), "-d", "postgres", "-c",
                        "DO $$ BEGIN PERFORM sum(n) FROM generate_series(1, 4000000000) n; END $$",
                    ], as: account, deadline: soon())
            }
            let processes = try DirectoryProcesses(directory.path)
            while try !processes.all().contains(where: { pid in
                ProcessTable.arguments(pid)?.first?.hasSuffix(" DO") ?? false
            }) { try await SystemClock.sleep(.milliseconds(2)) }
            guard case .running(let pid) = try await host.serverProcess(deadline: soon()) else {
                Issue.record("no postmaster was found")
                return
            }
            kill(pid, SIGKILL)
            var found = try await host.serverProcess(deadline: soon())
            while found == .running(pid) { found = try await host.serverProcess(deadline: soon()) }
            guard case .orphans = found else {
                Issue.record("expected orphans, found \(found)")
                return
            }
            await #expect(throws: HostError.self) { try await host.start(permit: permit, deadline: soon()) }
            try await host.stop(.immediate, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            _ = try await busy.value
            // A postmaster.pid that a crash left behind is no obstacle, even where nobody collects the dead process.
            try await host.start(permit: permit, deadline: soon())
        }
    }

    @Test("waiting for a server that keeps running ends at the deadline", arguments: HostWay.allCases)
    func deadline(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            try await host.start(permit: permit, deadline: soon())
            let before = SystemClock.now()
            await #expect(throws: HostError.self) {
                try await host.waitUntilStopped(deadline: SystemClock.deadline(in: .milliseconds(100)))
            }
            #expect(SystemClock.now() - before < .seconds(10))
        }
    }

    @Test("a server that refuses to start is an error with the log's words", arguments: HostWay.allCases)
    func refusedStart(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            try await host.setAutoConfiguration(
                [(name: "shared_buffers", value: "not a size")], permit: permit, deadline: soon())
            let error = await #expect(throws: HostError.self) {
                try await host.start(permit: permit, deadline: soon())
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("shared_buffers"))
            #expect(try await host.serverProcess(deadline: soon()) == .none)
        }
    }

    @Test(
        "standby.signal, settings and password file are written durably and belong to the server's owner",
        arguments: HostWay.allCases)
    func files(way: HostWay) async throws {
        try await withHost(way) { host, directory, account in
            #expect(try await host.hasStandbySignal(deadline: soon()) == false)
            try await host.setStandbySignal(true, permit: permit, deadline: soon())
            #expect(try await host.hasStandbySignal(deadline: soon()))
            var status = stat()
            #expect(stat(directory.path + "/standby.signal", &status) == 0)
            #expect(status.st_uid == account.user && status.st_mode & 0o777 == 0o600)
            try await host.setStandbySignal(false, permit: permit, deadline: soon())
            #expect(try await host.hasStandbySignal(deadline: soon()) == false)

            let value = #"it's a \ backslash"#
            try await host.setAutoConfiguration(
                [(name: "cluster_name", value: value), (name: "Application_Name", value: nil)], permit: permit,
                deadline: soon())
            let path = try await host.writePasswordFile(
                host: "127.0.0.1", port: 5432, user: "baton", password: Secret("a:b"), permit: permit, deadline: soon())
            #expect(stat(path, &status) == 0)
            #expect(status.st_uid == account.user && status.st_mode & 0o777 == 0o600)
            // The server reads the setting as it was meant.
            try await host.start(permit: permit, deadline: soon())
            let shown = try await Program.run(
                "psql",
                ["-XAt", "-h", DurableFile.parent(of: directory.path), "-d", "postgres", "-c", "SHOW cluster_name"],
                as: account, deadline: soon())
            #expect(shown.output == value + "\n")
            // A standby that is led elsewhere runs: the setting is there for it to read.
            try await host.setAutoConfiguration([(name: "work_mem", value: "7MB")], permit: permit, deadline: soon())
            let reloaded = try await Program.run(
                "psql",
                [
                    "-XAt", "-h", DurableFile.parent(of: directory.path), "-d", "postgres", "-c",
                    "SELECT setting FROM pg_file_settings WHERE name = 'work_mem' AND sourcefile LIKE '%auto.conf'",
                ], as: account, deadline: soon())
            #expect(reloaded.output == "7MB\n")
        }
    }

    @Test("the newest history file is the highest timeline's", arguments: HostWay.allCases)
    func historyFiles(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            #expect(try await host.newestHistoryFile(deadline: soon()) == nil)
            for name in ["00000002.history", "0000000A.history", "0000000B.history.tmp", "00000009.history"] {
                try append("", to: directory.path + "/pg_wal/" + name)
            }
            #expect(try await host.newestHistoryFile(deadline: soon()) == 10)
        }
    }

    @Test("a damaged control file is an error, never a guess", arguments: HostWay.allCases)
    func damagedControlFile(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            let file = directory.path + "/global/pg_control"
            let intact = try DurableFile.read(file)
            var damaged = intact
            damaged[33] ^= 1
            #expect(try ControlFile.parse(intact) != nil)
            #expect(try ControlFile.parse(damaged) == nil)
            var status = stat()
            #expect(stat(file, &status) == 0)
            try DurableFile.replace(
                file, with: damaged, mode: 0o600, owner: status.st_uid, group: status.st_gid)
            await #expect(throws: HostError.self) {
                try await host.controlFile(deadline: SystemClock.deadline(in: .seconds(1)))
            }
        }
    }

    @Test(
        "a server that hears nothing is ended with all that it started, and no directory is no empty directory",
        arguments: HostWay.allCases)
    func killed(way: HostWay) async throws {
        try await withHost(way) { host, directory, _ in
            try await host.start(permit: permit, deadline: soon())
            try await LocalServer(directory).signalAll(SIGSTOP, deadline: soon())
            try await host.stop(.kill, permit: permit, deadline: soon())
            try await host.waitUntilStopped(deadline: soon())
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            #expect(try await LocalServer(directory).processes(deadline: soon()).isEmpty)
        }
        try await withHost(way, path: "/elsewhere") { host, _, _ in
            await #expect(throws: HostError.self) { _ = try await host.serverProcess(deadline: soon()) }
            await #expect(throws: HostError.self) { _ = try await host.hasStandbySignal(deadline: soon()) }
            await #expect(throws: HostError.self) { _ = try await host.newestHistoryFile(deadline: soon()) }
            await #expect(throws: HostError.self) { try await host.stop(.kill, permit: permit, deadline: soon()) }
            await #expect(throws: HostError.self) {
                try await host.setStandbySignal(true, permit: permit, deadline: soon())
            }
        }
    }

    @Test("a shell that stands in the data directory is no server process", arguments: HostWay.allCases)
    func bystander(way: HostWay) async throws {
        try await withHost(way) { host, directory, account in
            let shell = Task {
                try await Program.run(
                    "/bin/sh", ["-c", "cd \"$1\" && exec sleep 3600", "sh", directory.path], as: account,
                    deadline: soon())
            }
            defer { shell.cancel() }
            while try !ProcessTable.processes().contains(where: { pid in
                var (here, there) = (stat(), stat())
                return ProcessTable.programName(pid) == "sleep" && stat("/proc/\(pid)/cwd", &here) == 0
                    && stat(directory.path, &there) == 0 && here.st_ino == there.st_ino
            }) { try await SystemClock.sleep(.milliseconds(2)) }
            #expect(try await host.serverProcess(deadline: soon()) == .none)
            try await host.waitUntilStopped(deadline: soon())
        }
    }
}
