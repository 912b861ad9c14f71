import BatonActions
import BatonCore
import Testing

/// What each gate does right at its limit, and with what nobody could tell.
@Suite("Gates at their limits")
struct GateBoundaryTests {
    private func defaults<G: Gate>(_ gate: G.Type) -> G.Limit {
        G.Limit(Arguments().completed(by: G.Limit.declarations))
    }

    private func decide<G: Gate>(_ gate: G.Type, _ change: (inout G.Question.Answer) -> Void) -> Verdict.Decision {
        var answer = G.passing
        change(&answer)
        return G.judge(answer, defaults(G.self)).decision
    }

    @Test(
        "The proof: beyond the checkpoint's start, by at most one page",
        arguments: [
            (UInt64(0), Verdict.Decision.block), (1, .pass), (120, .pass), (8_192, .pass), (8_193, .block),
            (1 << 30, .block),
        ])
    func proof(_ offset: UInt64, _ expected: Verdict.Decision) {
        #expect(
            decide(PostgresReplayedShutdownCheckpoint.self) {
                $0.replayed = LSN(rawValue: $0.checkpoint.rawValue + offset)
            } == expected)
    }

    @Test("The proof needs a clean stop, one cluster and one timeline")
    func proofConditions() {
        typealias G = PostgresReplayedShutdownCheckpoint
        #expect(decide(G.self) { $0.replayed = LSN(rawValue: $0.checkpoint.rawValue - 1) } == .block)
        #expect(decide(G.self) { $0.shutDown = false } == .block)
        #expect(decide(G.self) { $0.newTimeline = 2 } == .block)
        #expect(decide(G.self) { $0.newSystemIdentifier = 1 } == .block)
        #expect(decide(G.self) { $0.replayed = nil } == .unknown)
        #expect(
            G.establishes(on: .node("east-db"), in: .example) == [
                Change(FactKey(.node("east-db"), .complete), .flag(true))
            ])
    }

    @Test("Lag equal to the limit passes, one more blocks, none known is unknown")
    func lag() {
        typealias G = PostgresReplayLag
        let limit = defaults(G.self)
        #expect(decide(G.self) { $0.firstLag = limit.bytes } == .pass)
        #expect(decide(G.self) { $0.firstLag = ByteCount(limit.bytes.bytes + 1) } == .block)
        #expect(decide(G.self) { $0.caughtUpAfter = limit.time } == .pass)
        #expect(decide(G.self) { $0.caughtUpAfter = limit.time + .microseconds(1) } == .block)
        #expect(decide(G.self) { $0.firstLag = nil } == .unknown)
    }

    @Test("Streaming: both ends, from old itself, and not for too long silent")
    func streaming() {
        typealias G = PostgresStreaming
        let limit = defaults(G.self)
        #expect(decide(G.self) { $0.receiver?.silence = limit.silence } == .pass)
        #expect(decide(G.self) { $0.receiver?.silence = limit.silence + .milliseconds(1) } == .block)
        #expect(decide(G.self) { $0.receiver?.status = "starting" } == .block)
        #expect(decide(G.self) { $0.receiver?.senderPort = 5433 } == .block)
        #expect(decide(G.self) { $0.sender = nil } == .block)
        #expect(decide(G.self) { $0.sender?.state = "catchup" } == .block)
        #expect(decide(G.self) { $0.receiver?.senderHost = nil } == .unknown)
        #expect(decide(G.self) { $0.receiver?.silence = nil } == .unknown)
    }

    @Test("Identity: the same cluster, and one primary")
    func identity() {
        typealias G = PostgresIdentity
        #expect(decide(G.self) { $0.systemIdentifier += 1 } == .block)
        #expect(decide(G.self) { $0.oldInRecovery = true } == .block)
        #expect(
            decide(G.self) {
                $0.node = $0.old
                $0.inRecovery = false
            } == .pass)
        var two = G.passing
        two.inRecovery = false
        let verdict = G.judge(two, defaults(G.self))
        #expect(verdict.reason.contains("west-db") && verdict.reason.contains("east-db"))
    }

    @Test(
        "Version: an older minor warns, another major blocks",
        arguments: [
            (150_018, Verdict.Decision.pass), (150_019, .pass), (150_017, .warn), (140_020, .block), (160_000, .block),
        ])
    func version(_ new: Int, _ expected: Verdict.Decision) {
        #expect(decide(PostgresVersion.self) { $0.newVersion = new } == expected)
    }

    @Test("Recovery targets: only those that stop replay count")
    func recoveryTarget() {
        typealias G = PostgresRecoveryTarget
        #expect(decide(G.self) { $0.settings.append(.init("recovery_target_action", "promote")) } == .pass)
        #expect(decide(G.self) { $0.settings.append(.init("recovery_target", "immediate")) } == .block)
        #expect(decide(G.self) { $0.settings = [.init("recovery_target_timeline", "current")] } == .block)
        #expect(decide(G.self) { $0.settings = [] } == .unknown)
    }

    @Test("Settings: lower blocks, higher passes, unread is unknown, a waiting restart warns")
    func parity() {
        typealias G = PostgresSettingsParity
        #expect(decide(G.self) { $0.pairs[0].new = 101 } == .pass)
        #expect(decide(G.self) { $0.pairs[4].new = 99 } == .block)
        #expect(decide(G.self) { $0.pairs[1].old = nil } == .unknown)
        #expect(decide(G.self) { $0.pairs.removeLast() } == .unknown)
        #expect(decide(G.self) { $0.pendingOnOld = ["shared_buffers"] } == .warn)
    }

    @Test("Transactions: an open one warns from above its limit, a prepared one blocks")
    func transactions() {
        typealias G = PostgresTransactions
        let limit = defaults(G.self)
        #expect(decide(G.self) { $0.open[0].age = limit.age } == .pass)
        #expect(decide(G.self) { $0.open[0].age = limit.age + .microseconds(1) } == .warn)
        #expect(decide(G.self) { $0.open = [] } == .pass)
    }

    @Test(
        "Archiver: warns and blocks from above its limits; off needs no count",
        arguments: [
            (Int64(16), Verdict.Decision.pass), (17, .warn), (128, .warn), (129, .block),
        ])
    func archiver(_ ready: Int64, _ expected: Verdict.Decision) {
        typealias G = PostgresArchiver
        #expect(decide(G.self) { $0.ready = ready } == expected)
        #expect(decide(G.self) { $0.ready = nil } == .unknown)
        #expect(decide(G.self) { $0.failing = nil } == .unknown)
        #expect(
            decide(G.self) {
                $0.mode = "off"
                $0.ready = nil
                $0.failing = nil
            } == .pass)
    }

    @Test("Walsenders: silent, never heard, with a wrong clock, or not waited for at a stop: blocked")
    func walSenders() {
        typealias G = PostgresWalSenders
        let limit = defaults(G.self)
        #expect(decide(G.self) { $0.senders[0].replyAge = limit.reply } == .pass)
        #expect(decide(G.self) { $0.senders[0].replyAge = limit.reply + .microseconds(1) } == .block)
        #expect(decide(G.self) { $0.senders[0].replyAge = .zero - limit.reply - .microseconds(1) } == .block)
        #expect(decide(G.self) { $0.senders[0].replyAge = nil } == .block)
        #expect(decide(G.self) { $0.senders[0].state = "backup" } == .block)
        #expect(decide(G.self) { $0.senders = [] } == .pass)
        #expect(decide(G.self) { $0.shutdownTimeoutMilliseconds = -1 } == .pass)
        #expect(decide(G.self) { $0.shutdownTimeoutMilliseconds = 0 } == .block)
    }

    @Test("Privileges: each missing one is named with its grant", arguments: PostgresPrivilegesProbe.Privilege.allCases)
    func privileges(_ privilege: PostgresPrivilegesProbe.Privilege) {
        typealias G = PostgresPrivileges
        var answer = G.passing
        answer.role = "Baton 1"
        answer.checks = answer.checks.map { .init($0.privilege, held: $0.privilege != privilege) }
        let verdict = G.judge(answer, defaults(G.self))
        #expect(verdict.decision == .block)
        #expect(verdict.remedy?.contains("\"Baton 1\"") == true)
        #expect(decide(G.self) { $0.checks.removeAll { $0.privilege == privilege } } == .unknown)
    }

    @Test("Host: the directory of the very server that answers")
    func host() {
        typealias G = PostgresHost
        #expect(decide(G.self) { $0.access = .none } == .block)
        #expect(decide(G.self) { $0.problem = "permission denied" } == .block)
        #expect(decide(G.self) { $0.fileIdentifier = 1 } == .block)
        #expect(decide(G.self) { $0.running = false } == .block)
        #expect(decide(G.self) { $0.fileInRecovery = nil } == .unknown)
        #expect(decide(G.self) { $0.serverIdentifier = nil } == .unknown)
        #expect(decide(G.self) { $0.serverDataDirectory = "/srv/link" } == .warn)
    }

    @Test("Single writer: in recovery, new, or fenced; never by silence")
    func singleWriter() {
        typealias G = PostgresSingleWriter
        #expect(decide(G.self) { $0.standbySignal = false } == .block)
        #expect(decide(G.self) { $0.standbySignal = nil } == .unknown)
        #expect(decide(G.self) { $0.noProcess = false } == .block)
        #expect(decide(G.self) { $0.inRecovery = false } == .block)
        #expect(decide(G.self) { $0.inRecovery = true } == .pass)
        #expect(
            decide(G.self) {
                $0.inRecovery = false
                $0.node = $0.new
            } == .pass)
    }

    @Test("Single writer, foreseen: a fenced world passes, an unknown one has no answer")
    func singleWriterForeseen() {
        let probe = PostgresSingleWriterProbe(node: "west-db", new: "east-db")
        var world = World()
        #expect(probe.answer(in: world) == nil)
        world.learn(Change(FactKey(.node("west-db"), .running), .flag(false)), basis: .assumed)
        world.learn(Change(FactKey(.node("west-db"), .writable), .flag(false)), basis: .assumed)
        let unmarked = probe.answer(in: world).map { PostgresSingleWriter.judge($0, NoParameters(Arguments())) }
        #expect(unmarked?.decision == .unknown)
        world.learn(Change(FactKey(.node("west-db"), .standbySignal), .flag(true)), basis: .assumed)
        let fenced = probe.answer(in: world).map { PostgresSingleWriter.judge($0, NoParameters(Arguments())) }
        #expect(fenced?.decision == .pass)
        world.learn(Change(FactKey(.node("west-db"), .running), .flag(true)), basis: .assumed)
        world.learn(Change(FactKey(.node("west-db"), .writable), .flag(true)), basis: .assumed)
        let writer = probe.answer(in: world).map { PostgresSingleWriter.judge($0, NoParameters(Arguments())) }
        #expect(writer?.decision == .block)
    }

    @Test("A pooler that cannot be paused or repointed is refused")
    func poolerReady() {
        typealias G = PgBouncerReady
        #expect(decide(G.self) { $0.adminProved = false } == .block)
        #expect(decide(G.self) { $0.access = .none } == .block)
        #expect(decide(G.self) { $0.file = nil } == .block)
        #expect(decide(G.self) { $0.file?.hasWildcard = true } == .block)
        #expect(decide(G.self) { $0.entries = [] } == .block)
        #expect(decide(G.self) { $0.entries[0].shown = nil } == .block)
        #expect(decide(G.self) { $0.entries[0].shown?.port = 5433 } == .block)
        #expect(decide(G.self) { $0.entries[0].shown?.paused = true } == .block)
        #expect(decide(G.self) { $0.entries[0].shown?.disabled = true } == .block)
        #expect(decide(G.self) { $0.entries[0].shown?.poolModes = ["session", "transaction"] } == .block)
        #expect(decide(G.self) { $0.entries[0].shown?.poolModes = ["statement"] } == .pass)
        #expect(decide(G.self) { $0.entries[0].shown?.poolModes = [] } == .unknown)
        #expect(decide(G.self) { $0.entries[0].written = nil } == .block)
        #expect(decide(G.self) { $0.entries[0].written?.host = "10.0.0.2" } == .block)
    }

    @Test("Freeze budget: a timeout equal to the budget is not above it; zero is never")
    func freezeBudget() {
        typealias G = PgBouncerFreezeBudget
        let limit = defaults(G.self)
        #expect(decide(G.self) { $0.queryWaitTimeout = limit.budget } == .block)
        #expect(decide(G.self) { $0.queryWaitTimeout = limit.budget + .milliseconds(1) } == .pass)
        #expect(decide(G.self) { $0.queryWaitTimeout = .zero } == .warn)
        #expect(decide(G.self) { $0.clientLoginTimeout = limit.budget } == .block)
        #expect(decide(G.self) { $0.queryTimeout = .seconds(5) } == .block)
        #expect(decide(G.self) { $0.queryTimeout = nil } == .unknown)
        #expect(decide(G.self) { $0.serverLoginRetry = .seconds(15) } == .warn)
    }

    @Test("Canary: table, rights and columns; none at all only warns")
    func canaryReady() {
        typealias G = CanaryReady
        #expect(decide(G.self) { $0.table = nil } == .warn)
        #expect(decide(G.self) { $0.table?.exists = false } == .block)
        #expect(decide(G.self) { $0.table?.maySelect = false } == .block)
        #expect(decide(G.self) { $0.table?.columns = ["run", "id"] } == .block)
    }

    @Test("A canary's write counts when new acknowledged it, out of recovery, as the same cluster")
    func canaryWrite() {
        typealias G = CanaryWrite
        #expect(decide(G.self) { $0.acknowledgement = nil } == .block)
        #expect(decide(G.self) { $0.acknowledgement?.node = nil } == .unknown)
        #expect(decide(G.self) { $0.acknowledgement?.inRecovery = true } == .block)
        #expect(decide(G.self) { $0.acknowledgement?.systemIdentifier = 1 } == .block)
        #expect(decide(G.self) { $0.expectedSystemIdentifier = nil } == .unknown)
    }
}
