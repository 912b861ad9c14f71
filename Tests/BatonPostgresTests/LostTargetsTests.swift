import BatonCore
import Testing

@testable import BatonEngine
@testable import BatonPostgres

/// What a run does without is refused in one place, before a name is resolved or a secret is read.
@Suite struct LostTargetsTests {
    private static let topology = Topology(
        name: "test", sites: ["west", "east"],
        nodes: ["west", "east"].map {
            Node(
                name: "\($0)-db", site: $0, host: "127.0.0.1", port: 1, database: "app", user: "baton",
                password: .file("never"))
        },
        poolers: ["west", "east"].map {
            Pooler(
                name: "\($0)-pool", site: $0, host: "127.0.0.1", port: 1, admin: "admin", password: .file("never"),
                databases: ["app"], config: "/nowhere")
        }, routes: [Route(name: "app", through: "west-pool", database: "app", user: "app", password: .file("never"))])

    private struct ReadSecret: Error {}

    private func sessions(_ lost: LostTargets) -> ClusterSessions {
        ClusterSessions(
            topology: Self.topology, secrets: { _, _ in throw ReadSecret() }, applicationName: "test", readOnly: true,
            lost: lost)
    }

    private var soon: Deadline { SystemClock.deadline(in: .seconds(5)) }

    /// The errors of everything that opens a session with the west.
    private func errors(_ sessions: ClusterSessions) async -> [String] {
        var errors: [String] = []
        func note(_ body: () async throws(PostgresError) -> Void) async {
            do throws(PostgresError) {
                try await body()
                errors.append("none")
            } catch {
                errors.append(error.message)
            }
        }
        await note { () async throws(PostgresError) in _ = try await sessions.node("west-db", deadline: soon) }
        await note { () async throws(PostgresError) in _ = try await sessions.openNode("west-db", deadline: soon) }
        await note { () async throws(PostgresError) in _ = try await sessions.replication("west-db", deadline: soon) }
        await note { () async throws(PostgresError) in
            _ = try await sessions.openReplication("west-db", deadline: soon)
        }
        await note { () async throws(PostgresError) in _ = try await sessions.console("west-pool", deadline: soon) }
        await note { () async throws(PostgresError) in _ = try await sessions.openConsole("west-pool", deadline: soon) }
        await note { () async throws(PostgresError) in _ = try await sessions.route("app", deadline: soon) }
        return errors
    }

    private static let lost: Set<Target> = [.node("west-db"), .pooler("west-pool")]

    @Test("what is lost is not asked, and is again once it is not left out any more")
    func leftOut() async {
        let lost = LostTargets()
        let sessions = sessions(lost)
        #expect(await errors(sessions).allSatisfy { $0.contains("could not be read") })
        lost.leaveOut(Self.lost)
        let refused = await errors(sessions)
        #expect(refused.allSatisfy { $0.contains("is lost, so it is not asked") }, "\(refused)")
        let others = await { () async -> String in
            do throws(PostgresError) {
                _ = try await sessions.openNode("east-db", deadline: soon)
                return ""
            } catch {
                return error.message
            }
        }()
        #expect(others.contains("could not be read"))
        lost.leaveOut([])
        #expect(await errors(sessions).allSatisfy { $0.contains("could not be read") })
    }

    @Test("an errand may ask what is lost, but not what is assumed to be")
    func errands() async {
        let lost = LostTargets()
        lost.leaveOut(Self.lost)
        let sessions = sessions(lost)
        let asked = await Errand.$asksTheLost.withValue(true) { await errors(sessions) }
        #expect(asked.allSatisfy { $0.contains("could not be read") }, "\(asked)")
        let assumed = self.sessions(LostTargets(assuming: "west", in: Self.topology))
        let refused = await Errand.$asksTheLost.withValue(true) { await errors(assumed) }
        #expect(refused.allSatisfy { $0.contains("west is assumed to be down") }, "\(refused)")
    }

    @Test("the host of a lost node is the fence's evidence; that of an assumed one gives no answer")
    func hosts() {
        func hosts(_ lost: LostTargets) -> Hosts {
            Hosts(
                databases: { _ in LostHost(error: .unknown("the real one")) },
                files: { _ in LostHost(error: .unknown("the real one")) }, lost: lost)
        }
        let lost = LostTargets()
        lost.leaveOut(Self.lost)
        #expect((hosts(lost).database("west-db") as? LostHost)?.error == .unknown("the real one"))
        let assumed = hosts(LostTargets(assuming: "west", in: Self.topology))
        for host in [assumed.database("west-db") as? LostHost, assumed.files("west-pool") as? LostHost] {
            #expect(host?.error.description.contains("west is assumed to be down") == true)
        }
        #expect((assumed.database("east-db") as? LostHost)?.error == .unknown("the real one"))
    }
}
