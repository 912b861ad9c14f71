import BatonActions
import BatonCore
import Testing

/// What the loss card says, and what it takes to go on in spite of it.
@Suite("The loss of an emergency")
struct PostgresLossTests {
    private static let received = LSN(rawValue: 0x0500_0000)

    private func answer(
        received: UInt64 = 0x0500_0000, stop: UInt64? = nil, disk: LossCard.OnDisk? = nil,
        accepted: Acceptance? = nil, _ change: (inout PostgresLossProbe.Answer) -> Void = { _ in }
    ) -> PostgresLossProbe.Answer {
        var answer = PostgresLossProbe.Answer(
            old: "west-db", new: "east-db",
            survivors: [
                .init(
                    node: "east-db", timeline: 1, received: LSN(rawValue: received), replayed: LSN(rawValue: received),
                    lastCommitAge: .seconds(3))
            ], shutdownCheckpoint: stop.map { LSN(rawValue: $0) }, accepted: accepted, onDisk: disk)
        change(&answer)
        return answer
    }

    private func disk(_ bytes: UInt64, commits: Int64? = 7, isFinal: Bool = true) -> LossCard.OnDisk {
        .init(end: LSN(rawValue: 0x0500_0000 + bytes), bytes: bytes, commits: commits, isFinal: isFinal)
    }

    private func judge(_ answer: PostgresLossProbe.Answer) -> Verdict {
        PostgresLoss.judge(answer, NoParameters(Arguments()))
    }

    @Test(
        "Nothing is 0 unless a clean stop proves it",
        arguments: [
            (UInt64(0x0500_0028), Verdict.Decision.block, UInt64?(1)), (0x0500_0027, .block, 2),
            (0x0500_0029, .pass, 0),
            (0x0500_0000, .block, 0x29),
        ])
    func cleanStop(received: UInt64, decision: Verdict.Decision, bytes: UInt64?) {
        let answer = answer(received: received, stop: 0x0500_0028)
        #expect(judge(answer).decision == decision)
        #expect(answer.card.bytes == (bytes == 0 ? 0 : max(1, 0x0500_0028 - received)))
        #expect(answer.card.transactions == (bytes == 0 ? 0 : nil))
        #expect(answer.card.time == (bytes == 0 ? .zero : .seconds(3)))
    }

    @Test("A silent host leaves every figure open")
    func nobodyKnows() {
        let card = answer().card
        #expect(card.bytes == nil && card.leastBytes == nil)
        #expect(card.transactions == nil && card.leastTransactions == nil)
        #expect(card.lastKnown == nil && card.synchronous == nil && card.logicalSlots == nil)
        #expect(card.time == .seconds(3))
        #expect(card.amount == "an amount that nobody knows")
        let verdict = judge(answer())
        #expect(verdict.decision == .block && verdict.remedy?.contains("--accept-loss unknown") == true)
        #expect(verdict.lossCard == card)
    }

    @Test("The log on the disk of a server that does not run is a lower bound, and never a proof of zero")
    func onDisk() {
        let card = answer(disk: disk(4_096)).card
        #expect(card.bytes == nil && card.leastBytes == 4_096 && card.leastTransactions == 7)
        #expect(card.lastKnown?.position == LSN(rawValue: 0x0500_1000) && card.lastKnown?.isEnd == false)
        let empty = answer(disk: disk(0, commits: 0))
        #expect(empty.card.bytes == nil && empty.card.leastBytes == nil && empty.card.leastTransactions == nil)
        #expect(judge(empty).decision == .block)
    }

    @Test(
        "What a number covers",
        arguments: [
            ("4095", true, Verdict.Decision.block), ("4096", true, .warn), ("4KiB", true, .warn),
            ("16MiB", true, .warn),
            ("16MiB", false, .block), ("unknown", false, .warn), ("unknown", true, .warn),
        ])
    func numbers(words: String, isFinal: Bool, decision: Verdict.Decision) throws {
        let loss: Acceptance.Loss = try #require(Acceptance.Loss(words: words))
        let accepted = Acceptance(loss: loss)
        let verdict = judge(answer(disk: disk(4_096, isFinal: isFinal), accepted: accepted))
        #expect(verdict.decision == decision, "\(verdict.reason)")
    }

    @Test("No number covers what nobody knows")
    func numberOfNothing() throws {
        let accepted = Acceptance(loss: .bytes(.max))
        let verdict = judge(answer(accepted: accepted))
        #expect(verdict.decision == .block && verdict.reason.contains("a number does not cover"))
    }

    @Test("The time of the loss ends at old's last word when new has all that it spoke of")
    func time() {
        func card(heard: UInt64, age: TimeSpan) -> LossCard {
            answer {
                $0.survivors[0].heardEnd = LSN(rawValue: heard)
                $0.survivors[0].heardAge = age
            }.card
        }
        #expect(card(heard: 0x0500_0000, age: .seconds(1)).time == .seconds(1))
        #expect(card(heard: 0x0500_0000, age: .seconds(9)).time == .seconds(3))
        let behind = card(heard: 0x0500_0010, age: .seconds(1))
        #expect(behind.time == .seconds(3) && behind.leastBytes == 16 && behind.bytes == nil)
    }

    @Test("An agreement covers exactly the card that was shown")
    func agreement() {
        let shown = answer(disk: disk(4_096)).card
        let agreed = Acceptance(
            typedBy: "ops", at: WallTime(microsecondsSince1970: 0), below: shown, unfenced: ["west-db"])
        #expect(agreed.loss == .unknown && agreed.unfenced == ["west-db"])
        #expect(judge(answer(disk: disk(4_096), accepted: agreed)).decision == .warn)
        #expect(judge(answer(disk: disk(4_097), accepted: agreed)).decision == .block)
        #expect(judge(answer(received: 0x04FF_FFFF, disk: disk(4_096), accepted: agreed)).decision == .block)
        #expect(judge(answer(received: 0x0500_0001, accepted: agreed)).decision == .warn)
        var other = answer(disk: disk(1), accepted: agreed)
        other.old = "west-db2"
        #expect(judge(other).decision == .block)
        let proved = Acceptance(
            typedBy: "ops", at: WallTime(microsecondsSince1970: 0), below: answer(stop: 0x0500_1000).card, unfenced: [])
        #expect(proved.loss == .bytes(0x1000))
        #expect(judge(answer(stop: 0x0500_1000, accepted: proved)).decision == .warn)
        #expect(judge(answer(stop: 0x0500_1001, accepted: proved)).decision == .block)
        #expect(judge(answer(accepted: proved)).decision == .block)
    }

    @Test("Another survivor that is further on is named")
    func ahead() {
        let verdict = judge(
            answer {
                $0.survivors.append(
                    .init(
                        node: "west-db2", timeline: 1, received: LSN(rawValue: 0x0500_0001), replayed: nil,
                        lastCommitAge: nil))
            })
        #expect(verdict.decision == .block && verdict.reason.contains("west-db2 has 1 B more"))
    }
}
