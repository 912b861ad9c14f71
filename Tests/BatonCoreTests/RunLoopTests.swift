import Testing

@testable import BatonCore

/// Decide, persist, then ask for effects.
@Suite struct RunLoopTests {
    @Test func `an effect is recorded durably before it is asked for`() throws {
        var script = try Script()
        script.run(to: "perform freeze.test.pause on pool-a")
        let last = try #require(script.journal.entries.last)
        #expect(last.announced.map(\.action) == ["test.pause", "test.pause"])
        #expect(script.journal.isLastDurable)
        script.report("freeze.test.pause on pool-a", .succeeded("ok"))
        #expect(!script.journal.isLastDurable, "a report alone need not be on disk")
    }

    @Test func `a journal that refuses yields no request`() throws {
        var script = try Script()
        script.run(to: "perform prepare.test.checkpoint on west-db")
        let entries = script.journal.entries.count
        script.journal.refuseFromNowOn()
        let item = ItemID("prepare.test.checkpoint", on: .node("west-db"))
        #expect(throws: RecordingJournal.Full.self) {
            try script.loop.handle(
                .reported(item, attempt: 1, .succeeded("ok")), at: script.now,
                wall: WallTime(microsecondsSince1970: 0))
        }
        #expect(script.journal.entries.count == entries)
    }

    @Test(
        arguments: [
            [:], ["fence.test.stop on west-db": .idle], ["promote.test.promote on east-db": .blind],
            ["repoint.test.repoint on pool-b": .idle], ["freeze.test.pause on pool-b": .lost],
            ["finish.test.rejoin on west-db": .fail],
            ["catch-up.test.replayed on east-db": .refuse, "undo of freeze.test.pause on pool-b": .idle],
        ] as [[String: Script.Behaviour]])
    func `replaying any prefix of a record gives the same run`(behaviours: [String: Script.Behaviour]) throws {
        var script = try Script()
        script.behaviours = behaviours
        script.run()
        let entries = script.journal.entries
        #expect(entries.count == script.snapshots.count)
        for count in 1...entries.count {
            let machine = RunLoop.replay(
                entries.prefix(count), plan: script.machine.plan, catalogue: TestCatalogue.catalogue)
            #expect(Snapshot(machine) == script.snapshots[count - 1])
            #expect(machine.state.kind == entries[count - 1].state)
        }
    }
}
