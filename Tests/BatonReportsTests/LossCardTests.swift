import BatonCore
import BatonReports
import Testing

/// The loss card as text and JSON: what nobody measured is null, and no sentence says less than may be lost.
@Suite struct LossCardTests {
    static func card(_ change: (inout LossCard) -> Void = { _ in }) -> LossCard {
        var card = LossCard(
            old: "west-db", new: "east-db",
            survivors: [
                .init(
                    node: "east-db", timeline: 1, received: LSN(rawValue: 0x0500_0000), replayed: nil,
                    lastCommitAge: nil)
            ])
        change(&card)
        return card
    }

    private func text(_ card: LossCard) -> String {
        LossCardText.document(card).rendered().split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    }

    @Test func whatNobodyKnowsIsNull() throws {
        let json = try JSONValue(LossCardReport(Self.card()))
        #expect(
            json.keys == [
                "old", "new", "survivors", "lastKnown", "lost", "onDisk", "ifNow", "synchronous", "logicalSlots",
                "sequences", "guarantee",
            ])
        #expect(json["lost"]?.keys == ["bytes", "atLeastBytes", "transactions", "atLeastTransactions", "timeMs"])
        for key in ["bytes", "atLeastBytes", "transactions", "atLeastTransactions", "timeMs"] {
            #expect(json["lost"]?[key] == .null, "\(key)")
        }
        for key in ["lastKnown", "onDisk", "ifNow", "synchronous", "logicalSlots"] { #expect(json[key] == .null) }
        let survivor = json["survivors"]?.list[0]
        #expect(
            survivor?.keys == [
                "node", "timeline", "receivedLsn", "replayedLsn", "lastCommitAt", "lastCommitAgeMs", "heardEndLsn",
                "heardEndAt", "heardAgeMs",
            ])
        #expect(survivor?["replayedLsn"] == .null && survivor?["receivedLsn"] == .text("0/5000000"))
        let words = text(Self.card())
        for part in [
            "not known: nobody can say how much west-db wrote since, transactions not countable",
            "nobody knows since when writes are missing", "nobody knows how far it had come",
            "nothing is known: only west-db knew whom it waited for", "nothing is known of logical slots",
            "may be handed out again",
        ] {
            #expect(words.contains(part), "\(words)")
        }
        #expect(!words.contains("0 B") && !words.contains("nothing is lost"))
    }

    @Test func whatIsKnownIsSaidWithItsAge() throws {
        let card = Self.card {
            $0.survivors[0].heardEnd = LSN(rawValue: 0x0500_0100)
            $0.survivors[0].heardAge = .seconds(2)
            $0.onDisk = .init(end: LSN(rawValue: 0x0500_0300), bytes: 768, commits: 3, isFinal: true)
            $0.leastBytes = 768
            $0.leastTransactions = 3
            $0.time = .seconds(5)
            $0.synchronous = .init(["FIRST 1 (east)"], source: "read on the disk of west-db")
            $0.logicalSlots = .init(["cdc"], source: "as it said itself", age: .seconds(60))
        }
        let words = text(card)
        for part in [
            "768 B (768 bytes) of log lie on the disk of west-db, which does not run, 3 transactions at least",
            "writes of the last 5.00 s may be missing", "it heard 0/5000100 from west-db 2.00 s ago",
            "had come to 0/5000300 at least, by the log on the disk of west-db",
            "west-db waited for \"FIRST 1 (east)\"",
            "(read on the disk of west-db)", "lost with west-db: cdc (as it said itself, 60.00 s ago)",
        ] {
            #expect(words.contains(part), "\(part): \(words)")
        }
        let json = try JSONValue(LossCardReport(card))
        #expect(json["lost"]?["bytes"] == .null && json["lost"]?["atLeastBytes"] == .number(768))
        #expect(json["logicalSlots"]?["ageMs"] == .number(60_000))
        #expect(json["synchronous"]?["ageMs"] == .null)
    }

    @Test func zeroIsSaidOnlyWhereItIsProved() throws {
        let proved = Self.card {
            $0.cleanStop = LSN(rawValue: 0x04FF_0000)
            $0.bytes = 0
            $0.transactions = 0
        }
        #expect(text(proved).contains("nothing is lost: west-db shut down cleanly"))
        #expect(text(proved).contains("none is handed out twice"))
        #expect(try JSONValue(LossCardReport(proved))["lost"]?["bytes"] == .number(0))
        let asynchronous = Self.card { $0.synchronous = .init([], source: "s") }
        #expect(text(asynchronous).contains("none: west-db waited for no standby"))
    }

    @Test func whatWouldBeMissingIsNamed() throws {
        let plan = try ScriptedRun.plan()
        var verdict = Verdict.block("the loss is not known", remedy: "accept it")
        verdict.exhibit = .loss(card: Self.card())
        let step = try #require(plan.steps.first { $0.phase == .preflight })
        let report = PreflightReport(
            plan: plan, catalogue: Toy.catalogue, binding: Binding(old: "west-db", new: "east-db"),
            gates: [JudgedGate(step: step, target: .node("east-db"), verdict: verdict)],
            assumed: AssumedLoss(
                site: "west",
                evidence: [
                    EvidenceReport(
                        kind: .fence, item: "west-db", survives: false, answersNow: true, detail: "its host is there",
                        remedy: "give --accept-unfenced west-db"),
                    EvidenceReport(
                        kind: .pooler, item: "pool", survives: true, answersNow: nil, detail: "it stands", remedy: nil),
                ]))
        let json = try JSONValue(report)
        #expect(json["assumedDown"] == .text("west"))
        #expect(json["lossCard"]?["old"] == .text("west-db"))
        #expect(
            json["evidence"]?.list[0].keys == ["kind", "item", "survives", "answersNow", "detail", "remedy"])
        let words = report.document(nextCommand: ["baton"]).rendered()
            .split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(words.contains("assuming that west is down"))
        #expect(words.contains("with west gone, 1 of 2 things would be missing"))
        #expect(words.contains("✗ west-db: its host is there next: give --accept-unfenced west-db"))
    }
}
