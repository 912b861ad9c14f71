import BatonCore
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonPostgres

/// The lease on real servers: taken, refused, taken over, proved and lost.
@Suite(.serialized, .withCluster)
struct LeaseSerialTests {
    let cluster: ClusterFixture

    init() throws { cluster = try #require(ClusterFixture.current) }

    private static let run = RunID("20261121T020304000Z-0a1b2c")

    private func sessions(_ name: String, extra: [Node] = []) -> ClusterSessions {
        var topology = cluster.topology()
        topology.nodes += extra
        return ClusterSessions(
            topology: topology, secrets: { _, _ in Secret(ServerFixture.password) }, applicationName: name,
            readOnly: false)
    }

    private func acquire(
        _ name: String = "baton/\(run)", over run: RunID? = nil, extra: [Node] = [],
        candidates: [String] = ["east-db"], within span: TimeSpan = .seconds(5)
    ) async throws(LeaseHeld) -> ClusterLease {
        try await ClusterLease.acquire(
            sessions: sessions(name, extra: extra), candidates: candidates, endingSessionsOf: run,
            deadline: SystemClock.deadline(in: span))
    }

    private func prove(_ lease: ClusterLease, isUndo: Bool = false) async -> LeaseHeld? {
        do throws(LeaseHeld) {
            try await lease.prove(candidate: "east-db", isUndo: isUndo, deadline: soon())
            return nil
        } catch {
            return error
        }
    }

    private func endLock(on node: String) async throws {
        try await cluster.administer(
            node, "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
    }

    @Test("a second run is refused, and names the first one; what the first gives back is free")
    func excluded() async throws {
        let first = try await acquire()
        #expect(await first.nodes == ["east-db", "west-db"])
        let refusal = await #expect(throws: LeaseHeld.self) { try await acquire("baton/other") }
        for word in ["east-db", "baton/\(Self.run)", "127.0.0.1", "baton status"] {
            #expect(refusal?.description.contains(word) == true, "\(String(describing: refusal))")
        }
        await first.release()
        await (try acquire("baton/other")).release()
    }

    @Test("a taker ends the sessions of the run that it takes over, whatever their names, and has the lease")
    func takenOver() async throws {
        let held = try await acquire()
        let helpers = [sessions("baton/\(Self.run)/canary"), sessions("baton/\(Self.run)0"), sessions("baton/other")]
        var shared: [PostgresConnection] = []
        for helper in helpers { shared.append(try await helper.node("west-db", deadline: soon())) }
        let taker = try await acquire("baton/\(Self.run)/guard", over: Self.run)
        #expect(await taker.nodes == ["east-db", "west-db"])
        #expect(await prove(taker) == nil)
        let ends = [await shared[0].isBroken, await shared[1].isBroken, await shared[2].isBroken]
        #expect(ends == [true, false, false])
        let lost = await prove(held)
        #expect(lost != nil)
        let stale = await prove(held, isUndo: true)
        #expect(stale?.description.contains("/guard") == true, "\(String(describing: stale))")
        await held.release()
        await taker.release()
        for helper in helpers { await helper.closeAll() }
    }

    @Test("a taker is refused by another run at once, and leaves that run's sessions alone")
    func anotherRun() async throws {
        let other = try await acquire("baton/other")
        let refusal = await #expect(throws: LeaseHeld.self) {
            try await acquire("baton/\(Self.run)/guard", over: Self.run, within: .seconds(60))
        }
        #expect(refusal?.description.contains("baton/other") == true)
        #expect(await prove(other) == nil)
        await other.release()
    }

    @Test("a node that accepts and never answers costs half of the time, and is left out")
    func silentNode() async throws {
        let silent = try SilentListener()
        var node = try #require(cluster.topology().node("west-db"))
        node.name = "quiet-db"
        node.port = silent.port
        let began = SystemClock.now()
        let lease = try await acquire(extra: [node], candidates: ["quiet-db", "east-db"], within: .seconds(2))
        #expect(SystemClock.now() - began < .seconds(2))
        #expect(await lease.nodes == ["east-db", "west-db"])
        await #expect(throws: LeaseHeld.self) {
            try await lease.prove(candidate: "quiet-db", isUndo: false, deadline: soon())
        }
        // Nobody can lock or promote it.
        try await lease.prove(candidate: "quiet-db", isUndo: true, deadline: soon())
        let other = await #expect(throws: LeaseHeld.self) {
            try await acquire("baton/other", extra: [node], candidates: ["east-db"], within: .seconds(60))
        }
        #expect(other?.description.contains("east-db") == true)
        await lease.release()
    }

    @Test("a stopped postmaster costs half of the time")
    func stoppedPostmaster() async throws {
        let pid = try await postmaster(of: cluster.standbyDirectory)
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        let lease = try await acquire(within: .seconds(2))
        #expect(await lease.nodes == ["west-db"])
        await lease.release()
    }

    @Test("a proof passes while the candidate's session lives, also when another node is gone")
    func proved() async throws {
        let lease = try await acquire()
        #expect(await prove(lease) == nil)
        try await endLock(on: "west-db")
        #expect(await prove(lease) == nil)
        #expect(await prove(lease, isUndo: true) == nil)
        await lease.release()
    }

    @Test("an ended session proves nothing forward; it is locked again for what takes back, unless Baton slept")
    func ended() async throws {
        let awake = try await acquire()
        try await endLock(on: "east-db")
        #expect(await prove(awake) != nil)
        #expect(await awake.session("east-db") == nil)
        #expect(await prove(awake, isUndo: true) == nil)
        #expect(await prove(awake) != nil)
        let refusal = await #expect(throws: LeaseHeld.self) { try await acquire("baton/other") }
        #expect(refusal != nil)
        await awake.release()

        let asleep = try await acquire()
        await asleep.sleep(.seconds(10))
        try await endLock(on: "east-db")
        let undo = await prove(asleep, isUndo: true)
        #expect(undo?.description.contains("baton status") == true)
        // Nothing takes it back.
        #expect(await prove(asleep, isUndo: true) == undo)
        await asleep.release()
        var losses: [LeaseLoss] = []
        for await loss in asleep.losses { losses.append(loss) }
        #expect(losses.map(\.node) == ["east-db"])
    }

    @Test("while the candidate's server is gone what takes back may act; it is locked again when it returns")
    func restarted() async throws {
        let lease = try await acquire()
        try cluster.control(cluster.standbyDirectory, "stop", "-m", "immediate")
        #expect(await prove(lease) != nil)
        #expect(await prove(lease, isUndo: true) == nil)
        try cluster.control(cluster.standbyDirectory, "start")
        #expect(await prove(lease) != nil)
        #expect(await prove(lease, isUndo: true) == nil)
        let again = SystemClock.deadline(in: .seconds(10))
        while await lease.absences["east-db"]?.regained == nil, SystemClock.now() < again {
            try await SystemClock.sleep(.milliseconds(20))
        }
        await #expect(throws: LeaseHeld.self) { try await acquire("baton/other", candidates: ["east-db"]) }
        #expect(await prove(lease, isUndo: true) == nil)
        await lease.release()
        try await cluster.waitUntilStreaming()
    }

    @Test("a promotion fails when the session that held the candidate's lease has ended, also when the lock is back")
    func promotion() async throws {
        let lease = try await acquire()
        try await endLock(on: "east-db")
        #expect(await prove(lease, isUndo: true) == nil)
        let bench = Workbench(
            sessions: sessions("baton/\(Self.run)"), hosts: Hosts(databases: { _ in nil }, files: { _ in nil }),
            lease: lease, secret: { _, _ in Secret(ServerFixture.password) })
        let outcome = await PromotePerformer(workbench: bench).perform(
            NoParameters(Arguments()), on: .node("east-db"),
            in: Scope(topology: cluster.topology(), binding: Binding(old: "west-db", new: "east-db")),
            permit: Permit(run: Self.run, step: "promote"), deadline: soon())
        guard case .failed(let why) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(why.contains("lease"))
        await bench.close()
        await lease.release()
    }

    private func postmaster(of directory: String) async throws -> pid_t {
        guard case .running(let pid) = try await DirectoryHost(directory: directory).serverProcess(deadline: soon())
        else { throw FixtureError("no postmaster") }
        return pid
    }
}

extension ClusterLease {
    /// As a process that was stopped: it looked at nothing for `span`.
    fileprivate func sleep(_ span: TimeSpan) {
        watch?.cancel()
        for node in seenHeld.keys { seenHeld[node] = SystemClock.now() - span }
    }
}
