import BatonActions
import BatonCore
import Testing

/// A pooler that is to try new at once.
@Suite("pgbouncer.hasten")
struct HastenTests {
    private let pooler = Target.pooler("pool")

    private func settle(eager: Bool?, paused: Bool?) -> Settlement {
        var world = World()
        let now = Basis.observed(at: Instant(nanoseconds: 1))
        if let eager { world.learn(Change(FactKey(pooler, .eagerLogins), .flag(eager)), basis: now) }
        if let paused { world.learn(Change(FactKey(pooler, .paused), .flag(paused)), basis: now) }
        return Hasten.settle(NoParameters(Arguments()), on: pooler, in: .example, before: World(), now: world)
    }

    @Test("It is done once it is set, and where the clients go on there is nothing left to hasten")
    func settlement() {
        #expect(settle(eager: true, paused: true) == .done)
        // A run that is resumed after its end must not set it again: nobody would end it.
        #expect(settle(eager: false, paused: false) == .done)
        guard case .notDone = settle(eager: false, paused: true) else { return #expect(Bool(false), "it is not set") }
        guard case .unknown = settle(eager: nil, paused: nil) else { return #expect(Bool(false), "nobody looked") }
    }

    @Test("What is set for a while is owed until it is seen to have ended")
    func owed() throws {
        let terms = try #require(Hasten.obligations(NoParameters(Arguments()), on: pooler, in: .example).first)
        #expect(terms.discharged == [Change(FactKey(pooler, .eagerLogins), .flag(false))])
        #expect(terms.release == Call(Settle.id, on: pooler))
    }
}
