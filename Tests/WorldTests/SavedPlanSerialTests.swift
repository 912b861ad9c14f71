import BatonPostgres
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// A run that is given a saved plan goes on only while everything is as it was.
    @Suite(.serialized, .sharedLab)
    struct SavedPlanSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        private var path: String { world.state + "/saved.json" }

        private func save(to site: String = "east", _ playbook: String = WorldFixture.playbook) async throws {
            let answer = try await world.baton("plan", playbook, "--to", site, "--out", path)
            #expect(answer.exit == 0, "\(answer.text)")
            #expect(answer.text.contains("Everything is as the servers answered just now."))
        }

        private func expectRefusal(
            _ moved: String..., command: String = "switchover", to site: String = "east",
            _ playbook: String = WorldFixture.playbook, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let before = try await WorldPicture(world)
            let runs = LabFiles.names(in: world.state + "/runs")
            let answer = try await world.baton(command, playbook, "--to", site, "-y", "--plan", path)
            #expect(answer.exit == 2, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(answer.output.isEmpty, sourceLocation: sourceLocation)
            let items = answer.errors.split(separator: "\n").filter { $0.contains(": was ") }.map {
                String($0.drop { $0 == " " })
            }
            #expect(items == moved, "\(answer.errors)", sourceLocation: sourceLocation)
            #expect(LabFiles.names(in: world.state + "/runs") == runs, sourceLocation: sourceLocation)
            try world.expectFreeLease(sourceLocation: sourceLocation)
            try await world.expectUnchanged(since: before, sourceLocation: sourceLocation)
        }

        @Test("the run follows it, and its record says so")
        func followed() async throws {
            try await save()
            let saved = JSONAnswer(text: try #require(LabFiles.read(path)))
            #expect(saved["format"] == "plan-file/v1")
            let run = try await world.baton(
                "drill", WorldFixture.playbook, "--to", "east", "-y", "--plan", path, "--format", "json")
            #expect(run.exit == 0, "\(run.text)")
            #expect(run.json["savedPlan"]["fingerprint"] == saved["fingerprint"])
            #expect(run.json["savedPlan"]["savedAt"] == saved["savedAt"])
            let text = try await world.baton("report", "latest")
            let mark = try #require(saved["fingerprint"].string).prefix(12)
            #expect(text.text.contains("followed the plan \(mark)"), "\(text.output)")
            try await world.expectIntactJournal()

            // What it was made for has come about: it cannot be followed twice.
            try await expectRefusal(
                "old: was west-db, is not known", "new: was east-db, is not known",
                "node west-db, role: was primary, is standby", "node west-db, follows: was not known, is east-db",
                "node west-db, timeline: was 1, is 2", "node east-db, role: was standby, is primary",
                "node east-db, follows: was west-db, is not known", "node east-db, timeline: was 1, is 2",
                "pooler pool, leads to: was west-db, is east-db")
            let back = try await world.baton("drill", WorldFixture.playbook, "--to", "west", "-y")
            #expect(back.exit == 0, "\(back.text)")
            // All is in its place again, but the timeline tells that it was not all the time.
            try await expectRefusal(
                "node west-db, timeline: was 1, is 3", "node east-db, timeline: was 1, is 3", command: "drill")
            try await world.expectHealthy()
        }

        @Test("the playbook, the direction, or what a pooler does has moved")
        func moved() async throws {
            try await save()
            let other = world.state + "/other.yaml"
            let text = try #require(LabFiles.read(WorldFixture.playbook))
            let owner = try LabGround.survey().account
            try LabFiles.write(text.replacing("freeze: 30s", with: "freeze: 31s"), to: other, owner: owner)
            let was = JSONAnswer(text: try #require(LabFiles.read(path)))["basis"]
            let mark = try #require(was["playbook"]["sha256"].string).prefix(12)
            let answer = try await world.baton("drill", other, "--to", "east", "-y", "--plan", path)
            #expect(answer.exit == 2)
            #expect(answer.text.contains("playbook planned-switchover: was \(mark), is "), "\(answer.text)")
            try await expectRefusal(
                "target site: was east, is west", "candidates: was east-db, is west-db", to: "west")

            try await world.console("PAUSE app")
            try await expectRefusal("pooler pool, paused: was no, is yes")
            try await world.console("RESUME app")

            try await world.lab.breakServer("east-db", .stop)
            try await expectRefusal(
                "old: was west-db, is not known", "new: was east-db, is not known",
                "node east-db, role: was standby, is down", "node east-db, follows: was west-db, is not known",
                "node east-db, system identifier: was \(try #require(was["nodes"].list[1]["systemIdentifier"].string)), "
                    + "is not known", "node east-db, timeline: was \(timeline(was)), is not known",
                "node east-db, version: was \(try #require(was["nodes"].list[1]["version"].string)), is not known")
            try await world.lab.heal("east-db") { _ in }
            try await world.expectHealthy()
        }

        private func timeline(_ basis: JSONAnswer) -> String {
            guard case .number(let number) = basis["nodes"].list[1]["timeline"] else { return "?" }
            return "\(Int(number))"
        }

        @Test("a file that is no saved plan, or was changed by hand")
        func spoiled() async throws {
            try await save()
            let owner = try LabGround.survey().account
            let text = try #require(LabFiles.read(path))
            for (content, words) in [
                ("{}", "is no saved plan"), (text.replacing("\"standby\"", with: "\"primary\""), "was changed after"),
            ] {
                try LabFiles.write(content, to: path, owner: owner)
                let answer = try await world.baton(
                    "switchover", WorldFixture.playbook, "--to", "east", "-y", "--plan", path)
                #expect(answer.exit == 65, "\(answer.text)")
                #expect(answer.text.contains(words), "\(answer.text)")
            }
            let absent = try await world.baton(
                "switchover", WorldFixture.playbook, "--to", "east", "-y", "--plan", path + ".gone")
            #expect(absent.exit == 65)
        }

        @Test("a plan for nobody is not saved: the primary is there already")
        func nothingToPlan() async throws {
            let answer = try await world.baton("plan", WorldFixture.playbook, "--to", "west", "--out", path + ".none")
            #expect(answer.exit == 1, "\(answer.text)")
            #expect(answer.text.contains("there is nothing to plan"))
            #expect(LabFiles.read(path + ".none") == nil)
        }
    }
}
