import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Nothing is changed that cannot be recorded first (I6).
    @Suite(.serialized)
    struct StateDirectorySerialTests {
        private func drill(_ world: WorldFixture) throws -> [String] {
            ["drill", WorldFixture.playbook, "-t", try #require(world.status.topology), "--to", "east", "-y"]
        }

        @Test("a file in the place of the state directory, or of its runs: 1, nothing was changed")
        func fileInPlace() async throws {
            try await WorldFixture.with { world in
                let state = world.state + "/state"
                close(open(state, O_WRONLY | O_CREAT, 0o600))
                let first = try await world.during(try drill(world), state: state) { _ in }
                #expect(first.exit == 1, "\(first.text)")
                #expect(first.text.contains(state))
                unlink(state)
                mkdir(state, 0o700)
                close(open(state + "/runs", O_WRONLY | O_CREAT, 0o600))
                let second = try await world.during(try drill(world), state: state) { _ in }
                #expect(second.exit == 1, "\(second.text)")
                #expect(second.text.contains("nothing was changed"))
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }

        /// A file system of its own below the state directory, in a mount namespace that ends with the run.
        private func mounted(_ options: String, then: String = "true") -> [String] {
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-ec",
                "mount -t tmpfs -o \(options) tmpfs \"$0\"; \(then); exec \"$@\"",
            ]
        }

        @Test("a read-only or full file system: 1, nothing was changed", .enabled(if: geteuid() == 0))
        func noSpace() async throws {
            try await WorldFixture.with { world in
                let state = world.state + "/state"
                mkdir(state, 0o700)
                for options in ["size=1m,ro", "size=64k", "size=4k"] {
                    let answer = try await world.during(
                        try drill(world), state: state, launcher: mounted(options) + [state]
                    ) { _ in }
                    #expect(answer.exit == 1, "\(options): \(answer.text)")
                    #expect(!answer.text.contains("freeze"), "\(answer.text)")
                }
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }

        @Test(
            """
            the disk fills up during the freeze: the journal's space was reserved, so the run completes, or its guard takes it \
            back (R18)
            """, .enabled(if: geteuid() == 0), arguments: [false, true])
        func diskFillsUp(isKilled: Bool) async throws {
            try await WorldFixture.with { world in
                let state = world.state + "/state"
                mkdir(state, 0o700)
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let answer = try await world.during(
                    try drill(world), state: state, launcher: mounted("size=2m") + [state]
                ) { running in
                    // The pause is seen from outside: the namespace hides the journal.
                    let deadline = WorldFixture.soon()
                    while try await !world.isPaused(), SystemClock.now() < deadline {
                        try await SystemClock.sleep(.milliseconds(5))
                    }
                    // Linux shows another process's mounts below its entry in /proc.
                    let seen = ["", "proc", "\(running.pid)", "root"].joined(separator: "/")
                    #expect(try fill("\(seen)\(state)/ballast") > 0)
                    if isKilled {
                        running.send(SIGKILL)
                        try await world.guardIsDone()
                    }
                    _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                }
                await client.close()
                #expect(answer.exit == (isKilled ? 128 + SIGKILL : 0), "\(answer.text)")
                try await world.expectHealthy(primary: isKilled ? "west-db" : "east-db")
            }
        }

        /// Writes until there is no space, and returns how many bytes there were.
        private func fill(_ path: String) throws -> Int {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            try #require(descriptor >= 0, "\(path): \(String(cString: strerror(errno)))")
            defer { close(descriptor) }
            let block = [UInt8](repeating: 1, count: 4_096)
            var written = 0
            while true {
                let count = write(descriptor, block, block.count)
                if count <= 0 { return written }
                written += count
            }
        }
    }
}

extension WorldFixture {
    /// Whether the pooler holds the application's clients.
    func isPaused() async throws -> Bool {
        try await console("SHOW DATABASES").contains { row in try row.text("name") == "app" && row.bool("paused") }
    }
}
