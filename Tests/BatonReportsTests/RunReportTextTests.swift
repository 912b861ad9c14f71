import BatonCore
import BatonReports
import Testing

@Suite struct RunReportTextTests {
    private func text(_ script: ScriptedRun) throws -> String {
        RunReportText(try script.record()).document().rendered()
    }

    @Test func happyRun() throws {
        #expect(
            try text(.happy) == """
                ✗ Completed, but missed recovery-time: east-db at east is primary.
                  west (west-db) -> east (east-db) · drill of planned on lab
                  run r1 · 2026-11-21T02:03:04.000000Z · took 160 ms · by olga
                  reason given: quarterly drill

                  write pause    143 ms  objective 2.00 s  ✓ met
                  recovery time  150 ms  objective 100 ms  ✗ missed
                  lost bytes        0 B  objective 0 B  ✓ met, proved
                  lost writes         0
                  client errors       0

                                          starts    takes
                  preflight             +10.0 ms  20.0 ms     #####
                  · clients frozen      +30.0 ms   120 ms          ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                  freeze                +30.0 ms  20.0 ms          #####
                  fence                 +50.0 ms  20.0 ms               #####
                  catch-up              +70.0 ms  10.0 ms                    ##
                  promote               +80.0 ms  30.0 ms                      ########
                  · point of no return  +90.0 ms                                  |
                  repoint                +110 ms  20.0 ms                              #####
                  thaw                   +130 ms  20.0 ms                                   #####

                journal   .baton/runs/r1/journal.jsonl
                check it  baton audit verify r1

                """)
    }

    @Test func refusedRun() throws {
        #expect(
            try text(.refused) == """
                ✗ Refused: nothing was changed.
                  toy.ready on east-db
                  west (west-db) -> east (east-db) · drill of planned on lab
                  run r1 · 2026-11-21T02:03:04.000000Z · took 30.0 ms · by olga

                ✗ preflight.toy.ready on east-db: failed, at +20.0 ms
                  replay is 64.0 MiB behind
                  next: wait until east-db has caught up

                journal   .baton/runs/r1/journal.jsonl
                check it  baton audit verify r1

                """)
    }

    @Test func rolledBackRun() throws {
        let text = try text(.rolledBack)
        #expect(text.hasPrefix("✗ Rolled back: everything is as before the run.\n"))
        #expect(
            text.contains(
                """
                ✗ fence.toy.stop on west-db: failed, at +60.0 ms
                  permission denied
                  next: remove the cause, then run the preflight again

                """))
        #expect(text.contains("  · undo            +60.0 ms  20.0 ms"))
        #expect(!text.contains("point of no return"))
        #expect(!text.contains("owed"))
    }

    @Test func haltedRun() throws {
        let text = try text(.halted)
        #expect(text.hasPrefix("✗ Halted: an operator must decide. east-db at east is primary.\n"))
        #expect(
            text.contains(
                """
                ✗ repoint.toy.repoint on pool: failed after 5 attempts, at +160 ms
                  the file is read-only
                  by hand at pool: edit pgbouncer.ini host=east-db

                """))
    }

    @Test func aFailedPromotionIsShownWithItsCommand() throws {
        var run = ScriptedRun()
        run.reports["promote.toy.promote"] = .failed("not allowed")
        let text = try text(run)
        #expect(text.contains("Whether east-db at east was promoted is not known.\n"))
        #expect(text.contains("psql -c 'SELECT pg_promote(true, 10);'"))
        #expect(text.contains("still"))
        #expect(
            text.contains(
                """
                owed      pool's clients wait; they must be released
                release   psql -c 'RESUME app;'

                """))
        #expect(text.contains("not begun repoint.toy.repoint"))
        #expect(text.contains("not begun thaw.toy.resume"))
    }

    @Test func bothLegsStandSideBySide() throws {
        var back = ScriptedRun.halted
        back.run = "r2"
        let text = RunReportText.roundTrip(try ScriptedRun.happy.record(), back: try back.record()).rendered()
        #expect(
            text.hasPrefix(
                """
                there: ✗ Completed, but missed recovery-time: east-db at east is primary.
                back:  ✗ Halted: an operator must decide. east-db at east is primary.

                                          there            back  objective
                  run                        r1              r2
                  from           west (west-db)  west (west-db)
                  to             east (east-db)  east (east-db)
                  took                   160 ms          190 ms
                  write pause          143 ms ✓    not measured  2.00 s
                  recovery time        150 ms ✗    not measured  100 ms
                  lost bytes              0 B ✓           0 B ✓  0 B
                  lost writes                 0    not measured
                  client errors               0    not measured

                                  there at     took   back at     took
                  preflight       +10.0 ms  20.0 ms  +10.0 ms  20.0 ms
                  freeze          +30.0 ms  20.0 ms  +30.0 ms  20.0 ms
                  fence           +50.0 ms  20.0 ms  +50.0 ms  20.0 ms
                  catch-up        +70.0 ms  10.0 ms  +70.0 ms  10.0 ms
                  promote         +80.0 ms  30.0 ms  +80.0 ms  30.0 ms
                  repoint          +110 ms  20.0 ms   +110 ms  50.0 ms
                  thaw             +130 ms  20.0 ms   +160 ms  20.0 ms
                  clients frozen  +30.0 ms   120 ms  +30.0 ms   150 ms

                back, run r2:
                ✗ repoint.toy.repoint on pool
                """))
        #expect(text.contains("baton audit verify r1\n"))
        #expect(text.contains("baton audit verify r2\n"))
    }

    @Test func hostileTextCannotBreakALine() throws {
        let hostile = "\u{1B}[2J\u{1B}[31m\r\n✓ Completed\u{202E}\u{9B}0m\u{7}"
        var run = ScriptedRun.halted
        run.operatorName = "o" + hostile
        run.reason = "r" + hostile
        run.reports["repoint.toy.repoint"] = .failed("f" + hostile)
        run.run = RunID("r" + hostile)
        var tame = run
        let tameText = "xx[2Jx[31m  ✓ Completedxx0mx"
        tame.operatorName = "o" + tameText
        tame.reason = "r" + tameText
        tame.reports["repoint.toy.repoint"] = .failed("f" + tameText)
        tame.run = RunID("r" + tameText)
        let record = try run.record()
        let texts = [
            RunReportText(record).document().rendered(), StatusReport([record]).document().rendered(),
            RunsReport([record]).document().rendered(),
        ]
        for text in texts {
            let unsafe = text.unicodeScalars.filter {
                $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.generalCategory == .format)
            }
            #expect(unsafe.isEmpty)
            #expect(!text.split(separator: "\n").contains { $0.hasPrefix("✓ Completed") })
        }
        let calm = RunReportText(try tame.record()).document()
        #expect(RunReportText(record).document().lines.count == calm.lines.count)
    }

    @Test func colourIsTheStylesAlone() throws {
        let document = RunReportText(try ScriptedRun.halted.record()).document()
        #expect(!document.rendered(.plain).contains("\u{1B}"))
        #expect(document.rendered(.ansi).contains("\u{1B}[31m"))
    }
}
