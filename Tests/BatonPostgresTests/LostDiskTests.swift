import BatonActions
import BatonCore
import Testing

@testable import BatonEngine
@testable import BatonPostgres

/// Which of the lost nodes' disks bound the loss, and which prove that there is none.
@Suite struct LostDiskTests {
    private static let stop = LSN(rawValue: 0x0500_0028)

    private func disk(
        _ node: String = "west-db", _ state: ControlFile.State = .shutDown, timeline: TimelineID = 2,
        isStopped: Bool = true, end: UInt64? = nil
    ) -> LostDisk {
        var remains = ServerRemains()
        remains.logEnd = end.map { LSN(rawValue: $0) }
        remains.commits = end.map { _ in 3 }
        remains.synchronousStandbyNames = node
        return LostDisk(
            node: node, isStopped: isStopped, state: state, checkpoint: Self.stop, timeline: timeline, remains: remains)
    }

    private func card(_ disks: [LostDisk?], received: UInt64 = 0x0500_00A0) -> LossCard {
        var answer = PostgresLossProbe.Answer(
            old: "west-db", new: "east-db",
            survivors: [
                .init(
                    node: "east-db", timeline: 2, received: LSN(rawValue: received), replayed: nil, lastCommitAge: nil)
            ], shutdownCheckpoint: nil, accepted: nil)
        answer.take(disks, timeline: 2)
        return answer.card
    }

    @Test("A clean stop proves that nothing is lost")
    func clean() { #expect(card([disk()]).isNothing) }

    @Test("It proves nothing beside a lost node that nobody can read, or that may have been a primary, too")
    func others() {
        #expect(card([disk(), nil]).bytes == nil)
        #expect(card([disk(), disk("west-db2", .inProduction)]).bytes == nil)
        #expect(card([disk(), disk("west-db2", .shutDown)]).bytes == nil)
        #expect(card([disk(), disk("west-db2", .inProduction, timeline: 3)]).bytes == nil)
        #expect(card([disk(), disk("west-db2", .shutDownInRecovery)]).isNothing)
        // Fenced in an earlier run, and not started since.
        #expect(card([disk("west-db2", timeline: 1), disk("west-db")]).isNothing)
    }

    @Test("Nor while a process is left, on another history, or when new has more than the stopped server wrote")
    func doubts() {
        #expect(card([disk(isStopped: false)]).bytes == nil)
        #expect(card([disk(timeline: 1)]).bytes == nil)
        #expect(card([disk(timeline: 3)]).bytes == nil)
        #expect(card([disk()], received: 0x0500_0028 + 8_192).isNothing)
        #expect(card([disk()], received: 0x0500_0028 + 8_193).bytes == nil)
        #expect(card([]).bytes == nil && card([nil]).lastKnown == nil)
    }

    @Test("The furthest log counts, and bounds the loss only where every lost node is read and stopped")
    func furthest() {
        let (primary, standby) = (
            disk("west-db2", .inProduction, end: 0x0500_2000), disk("west-db", .inArchiveRecovery, end: 0x0500_1000)
        )
        let both = card([standby, primary])
        #expect(both.old == "west-db2" && both.onDisk?.end == LSN(rawValue: 0x0500_2000))
        #expect(both.onDisk?.isFinal == true && both.bytes == nil)
        #expect(both.synchronous?.values == ["west-db2"])
        #expect(card([standby, nil]).onDisk?.isFinal == false)
        #expect(card([primary, nil]).onDisk?.isFinal == false)
        #expect(card([standby]).onDisk?.isFinal == false)
        let alive = disk("west-db2", .inProduction, isStopped: false, end: 0x0500_2000)
        #expect(card([standby, alive]).onDisk?.isFinal == false)
        let ahead = card([disk("west-db", .inProduction, timeline: 3, end: 0x0500_2000)])
        #expect(ahead.onDisk == nil && ahead.bytes == nil)
    }
}
