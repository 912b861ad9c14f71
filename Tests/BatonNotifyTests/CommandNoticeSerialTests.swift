import BatonCore
import BatonEngine
import BatonNotify
import Foundation
import Testing

@Suite("Notices by command", .serialized, .timeLimit(.minutes(2)))
struct CommandNoticeSerialTests {
    @Test("A program gets the notice on stdin and in its environment")
    func told() async throws {
        let rig = try Rig()
        let queue = rig.queue([rig.script("page", "cat > $1/in; env | grep ^BATON_ | sort > $1/env; pwd > $1/pwd")])
        queue.send(Rig.notice(.end, outcome: "completed", text: "Über \"all\"\nis $HOME."))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings == [])
        let json = try #require(rig.text("in"))
        let at = try #require(json.firstMatch(of: /"at":"([^"]+)"/)).output.1
        #expect(WallTime(rfc3339: at) != nil)
        #expect(
            json == #"{"at":"\#(at)","format":"notice/v1","moment":"end","outcome":"completed","playbook":"planned","#
                + #""run":"r1","state":"advancing","text":"Über \"all\"\nis $HOME.","to":"east","topology":"orders"}"#
                + "\n")
        #expect(
            rig.text("env") == """
                BATON_AT=\(at)
                BATON_MOMENT=end
                BATON_OUTCOME=completed
                BATON_PLAYBOOK=planned
                BATON_RUN=r1
                BATON_STATE=advancing
                BATON_TEXT=Über "all"
                BATON_TO=east
                BATON_TOPOLOGY=orders

                """)
        #expect(rig.text("pwd") == "/\n")
    }

    @Test("An outcome that is not there yet is null, and an empty variable")
    func noOutcome() async throws {
        let rig = try Rig()
        let queue = rig.queue([rig.script("page", "cat > $1/in; echo \"[$BATON_OUTCOME]\" > $1/env")])
        queue.send(Rig.notice(.freeze, text: "a\0b"))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings == [] && rig.text("env") == "[]\n")
        #expect(rig.text("in")?.contains(#""outcome":null"#) == true)
    }

    @Test("A target hears its moments only, in their order, one after the other; the queue can be used again")
    func order() async throws {
        let rig = try Rig()
        let queue = rig.queue([
            rig.script("slow", "sleep 0.05; echo $BATON_MOMENT >> $1/slow"),
            rig.script("some", "echo $BATON_MOMENT >> $1/some", on: [.halt, .end]),
        ])
        for moment in Notice.Moment.allCases { queue.send(Rig.notice(moment)) }
        await queue.drain(deadline: Rig.soon())
        #expect(rig.text("slow") == "start\nfreeze\npromote\nhalt\nend\n")
        #expect(rig.text("some") == "halt\nend\n")
        queue.send(Rig.notice(.end))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.text("some") == "halt\nend\nend\n" && rig.warnings == [])
    }

    @Test("A program that hangs is killed at its deadline with all that it started; others do not wait for it")
    func hangs() async throws {
        let rig = try Rig()
        let queue = rig.queue([
            rig.script(
                "stuck", "trap '' TERM INT HUP; echo $$ > $1/pids; sleep 600 & echo $! >> $1/pids; wait; sleep 600",
                deadline: .seconds(2)),
            rig.script("quick", "echo $BATON_MOMENT >> $1/quick"),
        ])
        queue.send(Rig.notice(.start))
        queue.send(Rig.notice(.end))
        while rig.text("quick") != "start\nend\n" { try await Task.sleep(nanoseconds: 2_000_000) }
        #expect(rig.warnings == [], "the quick one was done before the stuck one was given up")
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings.count == 2)
        let start = try #require(rig.warnings.first)
        #expect(start.hasPrefix("notify stuck: start may not have arrived: ") && start.contains("deadline"), "\(start)")
        let pids = try #require(rig.text("pids")).split(separator: "\n").map(String.init)
        #expect(pids.count == 2)
        for pid in pids { #expect(!Rig.lives(pid), "\(pid) lives on") }
    }

    @Test("At the drain's deadline what is left is given up by name, and nothing of it lives on")
    func drained() async throws {
        let rig = try Rig()
        let queue = rig.queue([rig.script("stuck", "echo $$ > $1/pid; exec sleep 600", deadline: .seconds(60))])
        for moment in Notice.Moment.allCases { queue.send(Rig.notice(moment)) }
        while rig.text("pid")?.hasSuffix("\n") != true { try await Task.sleep(nanoseconds: 2_000_000) }
        let began = SystemClock.now()
        await queue.drain(deadline: began + .milliseconds(200))
        #expect(SystemClock.now() - began < .seconds(10))
        #expect(
            rig.warnings == [
                "notify stuck: start, freeze, promote, halt, end may not have arrived: there was no time left"
            ])
        let pid = try #require(rig.text("pid")).trimmingCharacters(in: .newlines)
        #expect(!Rig.lives(pid))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings.count == 1)
    }

    @Test("A program that is missing, or is none, is a warning")
    func missing() async throws {
        let rig = try Rig()
        try "no program".write(toFile: rig.path("text"), atomically: true, encoding: .utf8)
        let queue = rig.queue([
            NotifyTarget(name: "a", way: .command(["baton-no-such-program"])),
            NotifyTarget(name: "b", way: .command(["/baton/no-such-program", "x"])),
            NotifyTarget(name: "c", way: .command([rig.path("text")])),
            NotifyTarget(name: "d", way: .command([rig.directory])),
        ])
        queue.send(Rig.notice(.halt))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings.count == 4)
        for name in ["a", "b", "c", "d"] {
            #expect(rig.warnings.contains { $0.hasPrefix("notify \(name): halt may not have arrived: ") })
        }
        #expect(rig.warnings.filter { $0.contains("there is no program") }.count >= 2, "\(rig.warnings)")
    }

    @Test("A program that fails is a warning of one line that ends with its last words")
    func fails() async throws {
        let rig = try Rig()
        let queue = rig.queue([rig.script("page", "echo first >&2; printf 'no\\033[31m route\\n' >&2; exit 3")])
        queue.send(Rig.notice(.halt))
        await queue.drain(deadline: Rig.soon())
        #expect(
            rig.warnings == ["notify page: halt may not have arrived: /bin/sh ended with status 3: no [31m route"])
    }

    @Test("A program may print without end to stdout; on stderr it is ended")
    func talks() async throws {
        let rig = try Rig()
        let queue = rig.queue([
            rig.script("out", "head -c 50000000 /dev/zero && touch $1/out"),
            rig.script("err", "head -c 50000000 /dev/zero >&2 && touch $1/err"),
        ])
        queue.send(Rig.notice(.end))
        await queue.drain(deadline: Rig.soon())
        #expect(rig.text("out") != nil)
        #expect(rig.warnings.count == 1 && rig.warnings[0].hasPrefix("notify err: "), "\(rig.warnings)")
        #expect(rig.text("err") == nil)
    }

    @Test("A program need not read its input, and may leave others behind")
    func readsNothing() async throws {
        let rig = try Rig()
        let queue = rig.queue([
            NotifyTarget(name: "true", way: .command(["true"])),
            rig.script("behind", "sleep 600 & echo $! >> $1/pids"),
        ])
        let long = String(repeating: "x", count: 100_000)
        for _ in 0..<30 { queue.send(Rig.notice(.end)) }
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings == [])
        let pids = try #require(rig.text("pids")).split(separator: "\n")
        #expect(pids.count == 30)
        for pid in pids { if let pid = pid_t(pid) { kill(pid, SIGKILL) } }
        // More than a pipe holds: the program ends while it is being told.
        let other = rig.queue([NotifyTarget(name: "true", way: .command(["true"]))])
        other.send(Rig.notice(.end, text: long))
        await other.drain(deadline: Rig.soon())
        #expect(rig.warnings == [])
    }
}
