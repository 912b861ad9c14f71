import BatonCore

@testable import BatonSimulator

/// What a preflight foretold in one simulated world, and what the run then did in the same world, step by step.
struct Agreement {
    enum Match: Hashable {
        case agrees
        /// The preflight did not say that it knows.
        case notForetold
        /// The step was announced, and the server did not do what it was told. Nothing tells that before.
        case serverFailed
        case disagrees(String)
    }

    struct Compared {
        var item: ItemID
        var match: Match
        /// Whether it comes after preflight, and was foretold rather than asked twice.
        var isLater: Bool
        var wasToBlock: Bool
    }

    private(set) var compared: [Compared] = []
    /// Where the run came to rest.
    let outcome: String

    /// Plays the world: its preflight as soon as a Baton could begin, then the run.
    init(_ original: Simulation) {
        var world = original
        while world.runs[0].processes.isEmpty, world.step() {}
        let (foretold, foresight) = world.preflight()
        world.playToRest()
        let rest = world.rest
        outcome = rest.outcome.rawValue
        var expected: [ItemID: Verdict] = [:]
        for item in foretold.order { expected[item] = foretold.items[item]?.verdict }
        for step in foresight?.laterSteps ?? [] { expected[step.item] = step.verdict }
        compare(Self.settled(rest.journal, world.runs[0].plan, original.catalogue), expected)
    }

    var disagreements: [String] {
        compared.compactMap { entry in
            guard case .disagrees(let why) = entry.match else { return nil }
            return "\(entry.item): \(why)"
        }
    }

    /// Steps that a server did not do.
    var failures: [ItemID] { compared.filter { $0.match == .serverFailed }.map(\.item) }

    /// Steps after preflight that went as foretold, and of those the ones that were to block and did.
    var laterAgreements: (all: Int, blocked: Int) {
        let later = compared.filter { $0.match == .agrees && $0.isLater }
        return (later.count, later.filter(\.wasToBlock).count)
    }

    func count(_ match: Match) -> Int { compared.filter { $0.match == match }.count }

    /// How each step first ended, in order. Later its outcome may become `undone`, which says nothing of how it went.
    private static func settled(_ journal: [JournalEntry], _ plan: Plan, _ catalogue: Catalogue) -> [StepMachine] {
        var machine = RunMachine(plan: plan, catalogue: catalogue)
        var seen: Set<ItemID> = []
        var settled: [StepMachine] = []
        for entry in journal {
            _ = machine.handle(entry.event, at: entry.instant)
            for item in machine.items.inOrder where item.isSettled && !item.id.isUndo && seen.insert(item.id).inserted {
                settled.append(item)
            }
        }
        return settled
    }

    /// A verdict says how a step goes when those before it did what they promise, so that the first group in which one did
    /// not is the last that is compared.
    private mutating func compare(_ settled: [StepMachine], _ expected: [ItemID: Verdict]) {
        let last = settled.filter { !$0.succeeded }.map(\.group).min() ?? .max
        for item in settled where item.group <= last {
            if case .skipped? = item.outcome { continue }
            compared.append(
                Compared(
                    item: item.id, match: Self.match(item, expected[item.id]), isLater: item.step.phase > .preflight,
                    wasToBlock: expected[item.id]?.decision == .block))
        }
    }

    private static func match(_ item: StepMachine, _ verdict: Verdict?) -> Match {
        let happened = item.outcome.map { "\($0.word): \($0.text)" } ?? "nothing"
        guard let verdict else { return .disagrees("nothing was foretold, and it was \(happened)") }
        switch verdict.decision {
        case .unknown where item.step.phase > .preflight: return .notForetold
        // In preflight whoever does not answer stands in the way.
        case .block, .unknown:
            return item.succeeded ? .disagrees("was to block (\(verdict.reason)), and it was \(happened)") : .agrees
        case .pass, .warn:
            if item.succeeded { return .agrees }
            if item.announcedAt != nil { return .serverFailed }
            return .disagrees("was to pass (\(verdict.reason)), and it was \(happened)")
        }
    }
}
