import BatonCore
import Testing

@testable import BatonActions

@Suite("How a node's log stands to new's")
struct DivergenceTests {
    private static func lsn(_ text: String) -> LSN { LSN(text) ?? LSN(rawValue: 0) }
    private static let first = TimelineHistory(of: 1, file: "")
    private static let second = TimelineHistory(of: 2, file: "1\t0/3000148\tno recovery target specified\n")
    private static let third = TimelineHistory(
        of: 3, file: "1\t0/3000148\tno recovery target specified\n\n2\t0/5000000\tno recovery target specified\n")

    private static func divergence(
        _ node: TimelineHistory, _ end: String?, _ new: TimelineHistory, newEnd: String = "0/6000000"
    ) throws -> LogFork {
        try #require(LogFork(node: node, end: end.map(lsn), new: new, newEnd: lsn(newEnd)))
    }

    @Test("It follows up to the very byte at which new left its timeline, and not one beyond")
    func fork() throws {
        for (end, isAligned) in [("0/3000147", true), ("0/3000148", true), ("0/3000149", false)] {
            let found = try Self.divergence(Self.first, end, Self.second)
            #expect(found.isAligned == isAligned, "\(end)")
            #expect(found.fork == Self.lsn("0/3000148"))
            #expect(found.first == (isAligned ? nil : Self.lsn("0/3000148")))
            #expect(found.bytesAfter == (isAligned ? nil : 1))
        }
    }

    @Test("On new's own timeline it follows up to new's end")
    func same() throws {
        #expect(try Self.divergence(Self.second, "0/6000000", Self.second).isAligned == true)
        let ahead = try Self.divergence(Self.second, "0/6000010", Self.second)
        #expect(ahead.isAligned == false && ahead.first == Self.lsn("0/6000000") && ahead.bytesAfter == 16)
    }

    @Test("Two promotions behind: the first fork counts")
    func twice() throws {
        #expect(try Self.divergence(Self.first, "0/3000200", Self.third).first == Self.lsn("0/3000148"))
        #expect(try Self.divergence(Self.second, "0/4000000", Self.third).isAligned == true)
        #expect(try Self.divergence(Self.second, "0/5000001", Self.third).first == Self.lsn("0/5000000"))
    }

    @Test("One that was promoted by itself has diverged wherever its log ends, also under the same number")
    func promoted() throws {
        let other = TimelineHistory(of: 2, file: "1\t0/3000100\tno recovery target specified\n")
        let found = try Self.divergence(other, "0/3000100", Self.second)
        #expect(found.isAligned == false && found.wasPromoted && found.sharesNumberOnly)
        #expect(found.first == Self.lsn("0/3000100"))
        let later = try Self.divergence(Self.third, "0/5000000", Self.second)
        #expect(later.isAligned == false && !later.sharesNumberOnly && later.first == Self.lsn("0/5000000"))
    }

    @Test("Where the end is not known nothing is said of it")
    func unknown() throws {
        let found = try Self.divergence(Self.first, nil, Self.second)
        #expect(found.isAligned == nil && found.first == nil && found.bytesAfter == nil)
    }
}

@Suite("The rungs of a rejoin")
struct RejoinLadderTests {
    private static func ground(
        diverged: Bool = true, _ change: (inout PostgresRejoinableProbe.Answer) -> Void = { _ in }
    ) -> PostgresRejoinableProbe.Answer {
        var ground = PostgresRejoinable.passing
        if diverged { ground.divergence?.end = LSN("0/4000000") }
        change(&ground)
        return ground
    }

    @Test("The gentlest that holds comes first")
    func order() {
        #expect(RejoinLadder(Self.ground(diverged: false)).rungs == [.follow, .rewind, .copy])
        #expect(RejoinLadder(Self.ground()).rungs == [.rewind, .copy])
    }

    @Test("What each condition takes away")
    func conditions() {
        let cases: [(String, [RejoinRung], (inout PostgresRejoinableProbe.Answer) -> Void)] = [
            ("new has recycled its log", [.copy], { $0.oldestLog = LSN("0/5000000") }),
            ("no hints in the log", [.copy], { $0.logsHints = false }),
            ("no full pages", [.copy], { $0.fullPageWrites = false }),
            ("no right to read files", [.copy], { $0.missingFunctions = ["pg_ls_dir(text)"] }),
            ("one number, two timelines", [.copy], { $0.divergence?.sharesNumberOnly = true }),
            ("half made", [.copy], { $0.isHalfMade = true }),
            ("no room for either", [], { $0.freeBytes = 1 << 20 }),
            (
                "no room, and given up", [.rewind],
                {
                    $0.freeBytes = 1 << 20; $0.discards = true
                }
            ),
            ("room of which nobody knows", [], { $0.freeBytes = nil }),
            ("a tablespace", [], { $0.elsewhere = ["tablespace 1"] }),
            (
                "a tablespace, and given up", [.rewind],
                {
                    $0.elsewhere = ["tablespace 1"]; $0.discards = true
                }
            ),
            ("tablespaces of new", [.rewind], { $0.newTablespaces = 1 }),
            ("a mount point", [], { $0.obstacles = ["it is a mount point"] }),
            ("an end that nobody knows", [.rewind, .copy], { $0.divergence?.end = nil }),
        ]
        for (name, rungs, change) in cases {
            #expect(RejoinLadder(Self.ground(change)).rungs == rungs, "\(name)")
        }
    }

    @Test("Where no rung is left it is refused, with what would help")
    func refused() {
        let verdict = PostgresRejoinable.judge(
            Self.ground { $0.freeBytes = 1 << 20 }, RejoinChoice(Arguments()))
        #expect(verdict.decision == .block)
        #expect(verdict.remedy?.contains("--discard-divergence west-db") == true)
    }

    @Test("One that was promoted after new is not brought back to it")
    func later() {
        let verdict = PostgresRejoinable.judge(
            Self.ground {
                $0.divergence?.wasPromoted = true
                $0.divergence?.nodeTimeline = 3
            }, RejoinChoice(Arguments()))
        #expect(verdict.decision == .block && verdict.remedy?.contains("baton rejoin east-db") == true)
    }
}
