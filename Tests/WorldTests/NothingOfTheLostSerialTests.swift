import BatonCore
import BatonPostgres
import Glibc
import Synchronization
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// An emergency asks nothing of what it has found lost (I7), and a person is shown the loss before they agree to it.
    @Suite(.serialized)
    struct NothingOfTheLostSerialTests {
        private static let playbook = LossCardSerialTests.playbook
        private static let arguments = ["promote", playbook, "--to", "east", "--reason", "west lost power"]

        /// The shipped playbook with one more step at its end.
        private func playbook(_ world: WorldFixture, adding step: String) throws -> String {
            let path = world.state + "/emergency.yaml"
            let text = try #require(LabFiles.read(Self.playbook)) + step
            try LabFiles.write(text, to: path, owner: LabGround.survey().account)
            return path
        }

        /// Kills west, puts a listener in its place and promotes; who called, and when the slots were bound.
        private func promoteBesideListener(
            _ world: WorldFixture, _ playbook: String
        ) async throws -> (answer: WorldFixture.Answer, bound: WallTime, callers: [HungListener.Caller]) {
            _ = try await world.baton("lab", "break", "west-db", "kill")
            let listener = try await HungListener(port: try world.node("west-db").port)
            let listening = Task { await listener.takeCalls() }
            let answer: WorldFixture.Answer
            do {
                answer = try await world.baton(
                    "promote", playbook, "--to", "east", "--reason", "west hangs", "-y", "--format", "json",
                    "--accept-loss", "unknown")
            } catch {
                listener.end()
                throw error
            }
            listener.end()
            await listening.value
            let run = try #require(answer.json["run"].string)
            let journal = try #require(LabFiles.read("\(world.state)/runs/\(run)/journal.jsonl"))
            let line = try #require(journal.split(separator: "\n").first { $0.contains("\"survey.bound\"") })
            let at = try #require(WallTime(rfc3339: JSONAnswer(text: String(line))["at"].string ?? ""))
            return (answer, at, listener.batons)
        }

        @Test("a lost server that takes connections and never answers is asked nothing once the slots are bound")
        func asksNothing() async throws {
            try await WorldFixture.with { world in
                let (answer, bound, callers) = try await promoteBesideListener(world, Self.playbook)
                #expect(answer.exit == 0, "\(answer.text)")
                // The lease and the survey look at it, because nobody knows yet.
                #expect(callers.contains { $0.at < bound })
                let late = callers.filter { $0.at > bound }
                #expect(late.isEmpty, "\(late)")
            }
        }

        @Test("a step that would ask it fails at once, without a call and without its deadline")
        func refusesAtOnce() async throws {
            try await WorldFixture.with { world in
                let step = """
                      - id: must
                        do: postgres.checkpoint
                        on: old
                        deadline: 5s

                    """
                let path = try playbook(world, adding: step)
                let (answer, bound, callers) = try await promoteBesideListener(world, path)
                #expect(answer.exit == 3, "\(answer.text)")
                let late = callers.filter { $0.at > bound }
                #expect(late.isEmpty, "\(late)")
                let tried = answer.json["steps"].list.first { $0["id"] == "must" } ?? .null
                #expect(tried["evidence"].string?.contains("west-db is lost, so it is not asked") == true, "\(tried)")
                guard case .number(let took) = tried["durationMs"] else {
                    Issue.record("\(tried)")
                    return
                }
                #expect(took < 2_000)
            }
        }

        @Test("a best effort may ask it, within its own deadline, and its failure stops nothing")
        func bestEffort() async throws {
            try await WorldFixture.with { world in
                let step = """
                      - id: last-try
                        do: postgres.checkpoint
                        on: old
                        deadline: 1s
                        best-effort: true

                    """
                let path = try playbook(world, adding: step)
                let (answer, bound, callers) = try await promoteBesideListener(world, path)
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(callers.contains { $0.at > bound })
                let tried = answer.json["steps"].list.first { $0["id"] == "last-try" } ?? .null
                #expect(tried["outcome"] != "done" && tried["evidence"].string?.contains("best effort") == true)
                let report = try await world.baton("report")
                #expect(report.text.contains("It was a best effort, so the run went on without it."))
                try await world.expectIntactJournal()
            }
        }

        // MARK: At a terminal

        /// Without taking its status, which belongs to whoever started it.
        private func hasEnded(_ running: RunningBaton) -> Bool {
            var status = siginfo_t()
            waitid(P_PID, id_t(running.pid), &status, WEXITED | WNOWAIT | WNOHANG)
            return status.si_signo == SIGCHLD
        }

        /// Runs the command at a terminal and types a line once it is asked for; what the terminal showed.
        private func typing(
            _ line: String, _ world: WorldFixture, _ arguments: [String]
        ) async throws -> (answer: WorldFixture.Answer, shown: String) {
            let end = try Terminal.open()
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            let screen = Mutex("")
            func look() {
                var buffer = [UInt8](repeating: 0, count: 8_192)
                let count = read(end, &buffer, buffer.count)
                if count > 0 { screen.withLock { $0 += String(decoding: buffer[..<count], as: UTF8.self) } }
            }
            let answer = try await world.during(arguments, speech: .terminal(end)) { running in
                let deadline = WorldFixture.soon()
                while !screen.withLock({ $0.contains("to go on:") }), SystemClock.now() < deadline,
                    !hasEnded(running)
                {
                    look()
                    try await SystemClock.sleep(.milliseconds(5))
                }
                let typed = line + "\n"
                _ = write(end, typed, typed.utf8.count)
                // Nobody else reads what the run shows.
                while !hasEnded(running), SystemClock.now() < deadline {
                    look()
                    try await SystemClock.sleep(.milliseconds(5))
                }
                look()
            }
            close(end)
            let words = screen.withLock { $0 }.split { $0.isWhitespace }.joined(separator: " ")
            return (answer, words)
        }

        @Test("the card is shown, and the topology's name below it accepts that very loss, first line of the report")
        func typed() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let wrong = try await typing("yes", world, Self.arguments)
                #expect(wrong.answer.exit == 130, "\(wrong.shown)")
                let (answer, shown) = try await typing("lab", world, Self.arguments)
                #expect(answer.exit == 0, "\(shown)")
                #expect(shown.contains("loss card") && shown.contains("and accepts that"), "\(shown)")
                let report = try await world.baton("report", "--format", "json")
                let acceptance = report.json["acceptance"]
                #expect(acceptance["loss"] == "unknown" && acceptance["how"] == "typed", "\(acceptance)")
                #expect(acceptance["typedBy"] != .null && acceptance["shown"]["new"] == "east-db")
                let text = try await world.baton("report")
                #expect(text.output.hasPrefix("! a loss that nobody knows was accepted by"), "\(text.output)")
                #expect(text.text.contains("who typed lab below the loss card"))
                try await world.expectIntactJournal()
            }
        }

        @Test("-y accepts no loss, also at a terminal; a loss that was named is not asked for again")
        func options() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let (quiet, _) = try await typing("lab", world, Self.arguments + ["-y"])
                #expect(quiet.exit == 2)
                let (answer, shown) = try await typing("lab", world, Self.arguments + ["--accept-loss", "unknown"])
                #expect(answer.exit == 0 && shown.contains("loss card") && !shown.contains("and accepts that"))
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["acceptance"]["how"] == "option")
            }
        }
    }
}
