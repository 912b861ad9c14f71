import Testing

@testable import BatonCore

@Suite struct ItemTableTests {
    private let start = Instant(nanoseconds: 1)

    private func item(_ step: StepID, on node: String = "a") throws -> StepMachine {
        let step = try #require(TestPlan.plan().step(step))
        let id = ItemID(step.id, on: .node(node))
        return StepMachine(id: id, step: step, call: nil, group: 0, at: start, deadline: start)
    }

    /// Three steps in the order in which they began.
    private func table() throws -> (ItemTable, [StepMachine]) {
        let items = try [item("fence.test.stop"), item("promote.test.promote"), item("finish.test.rejoin")]
        var table = ItemTable()
        for item in items { table.begin(item) }
        return (table, items)
    }

    @Test func `steps are found by name and walked in the order in which they began`() throws {
        let (table, items) = try table()
        #expect(table.inOrder == items)
        #expect(items.allSatisfy { table[$0.id] == $0 && table.contains($0.id) })
        #expect(table[ItemID("fence.test.stop", on: .node("b"))] == nil)
        #expect(table.map(\.key) == items.map(\.id))
    }

    @Test func `what is at work is counted whichever way a step is settled`() throws {
        var (table, items) = try table()
        #expect(table.countAtWork == 3)
        table.update(items[0].id) { $0.settle(.done(evidence: ""), by: .stepDone, at: start) }
        #expect(table.countAtWork == 2)
        items[1].settle(.failed(""), by: .stepFailed, at: start)
        table[items[1].id] = items[1]
        #expect(table.countAtWork == 1)
        table[items[2].id] = nil
        #expect(table.countAtWork == 0)
        table.update(items[0].id) { $0.state = .performing }
        #expect(table.countAtWork == 1)
    }

    @Test func `a step that begins again goes to the end, once`() throws {
        var (table, items) = try table()
        table.begin(items[0])
        #expect(table.inOrder == [items[1], items[2], items[0]])
        #expect(items.allSatisfy { table[$0.id] == $0 })
        #expect(table.countAtWork == 3)
    }

    @Test func `a forgotten step leaves the others where they are found`() throws {
        var (table, items) = try table()
        table[items[0].id] = nil
        #expect(table[items[0].id] == nil)
        #expect(table.inOrder == [items[1], items[2]])
        #expect(table[items[1].id] == items[1] && table[items[2].id] == items[2])
    }

    @Test func `nothing waits for a step that was set aside, but it is remembered until it begins again`() throws {
        var (table, items) = try table()
        table.setAside { $0.id == items[1].id }
        #expect(table.inOrder == [items[0], items[2]])
        #expect(table.countAtWork == 2)
        #expect(table[items[1].id] == items[1] && table[items[2].id] == items[2])
        #expect(table.values == [items[0], items[2], items[1]])
        table.update(items[1].id) { $0.attempt = 2 }
        #expect(table[items[1].id]?.attempt == 2)
        #expect(table.countAtWork == 2)
        table.begin(items[1])
        #expect(table.values == [items[0], items[2], items[1]])
        #expect(table.countAtWork == 3)
    }
}
