import BatonCore
import BatonJournal
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

/// Guards of this world's runs, and runs that nobody drives.
extension WorldFixture {
    /// The guards that are there now.
    func guards() throws -> [Int32] {
        try ProcessTable.processes().filter { pid in
            let words = ProcessTable.arguments(pid) ?? []
            return words.contains("guard") && words.contains { $0.hasPrefix(state) }
        }
    }

    /// Waits until no guard is left: what it took over has come to rest.
    func guardIsDone() async throws {
        let deadline = SystemClock.deadline(in: .seconds(60))
        while try !guards().isEmpty {
            try #require(SystemClock.now() < deadline, "a guard is still there")
            try await SystemClock.sleep(.milliseconds(20))
        }
    }

    /// Kills the guard of the run at work, which must have one, and waits until its process has gone.
    func killGuard() async throws {
        let all = try guards()
        try #require(!all.isEmpty, "there is no guard")
        for pid in all { kill(pid, SIGKILL) }
        try await guardIsDone()
    }

    /// Starts a drill from west to east that holds before a phase, and hands it over once it does.
    func holding(
        before phase: Phase, _ playbook: String = Self.playbook, _ meanwhile: (RunningBaton) async throws -> Void
    ) async throws -> Answer {
        try await during(
            ["drill", playbook, "--to", "east", "-y", "--hold-before", phase.rawValue]
        ) { running in
            try await running.moves(by: .holdBegan)
            try await meanwhile(running)
        }
    }

    /// The shipped playbook with two seconds for repointing, and two for thawing.
    func shortRouting() throws -> String {
        try playbook(
            (from: "do: pgbouncer.repoint\n", to: "do: pgbouncer.repoint\n    deadline: 2s\n"),
            (from: "do: pgbouncer.resume\n", to: "do: pgbouncer.resume\n    deadline: 2s\n"))
    }

    /// What the report of the latest run says, and that its journal is whole.
    func expectEnded(_ outcome: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = try await baton("report", "latest", "--format", "json")
        #expect(report.json["outcome"].string == outcome, "\(report.output)", sourceLocation: sourceLocation)
        try await expectIntactJournal(sourceLocation: sourceLocation)
    }
}
