import BatonCore
import BatonPostgres
import Glibc
import TestServers
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// The evidence that a lost primary cannot write, by ssh and by fences of the user's own.
    @Suite(.serialized)
    struct FenceSerialTests {
        private static let playbook = String(
            WorldFixture.playbook.dropLast("planned-switchover.yaml".count) + "emergency-promotion.yaml")

        private func promote(_ world: WorldFixture) async throws -> WorldFixture.Answer {
            try await WorldFixture.baton(
                [
                    "promote", Self.playbook, "--to", "east", "--reason", "west lost power", "-y", "--format", "json",
                    "--state", world.state, "--accept-loss", "unknown",
                ])
        }

        private func card(_ world: WorldFixture) async throws -> WorldFixture.Answer {
            try await world.baton(
                "preflight", Self.playbook, "--to", "east", "--accept-loss", "unknown", "--format", "json")
        }

        /// Puts these lines in the place of the control of west-db, the first of the nodes.
        private func control(_ world: WorldFixture, _ lines: [String]) throws {
            try world.rewrite(world.state + "/lab/topology.yaml") { text in
                var all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                if let control = all.firstIndex(of: "    control:") {
                    all.replaceSubrange(control..<(control + 4), with: lines)
                }
                return all.joined(separator: "\n")
            }
        }

        private func expectPromoted(_ world: WorldFixture, _ answer: WorldFixture.Answer) async throws {
            #expect(answer.exit == 0, "\(answer.text)")
            #expect(answer.json["outcome"] == .text("completed"))
            #expect(answer.json["acceptance"]["unfenced"].list.isEmpty)
            #expect(try await world.write() == world.node("east-db").port)
            try await world.expectIntactJournal()
        }

        private func expectNotPromoted(_ world: WorldFixture) async throws {
            let row = try await world.sql("east-db", "SELECT pg_is_in_recovery() AS recovery").single()
            #expect(try row.bool("recovery"))
        }

        // MARK: ssh

        /// A lab whose west-db is reached by a real sshd of the servers' user.
        private func withSSH(
            and more: (WorldFixture) throws -> [String] = { _ in [] },
            _ body: (WorldFixture, SSHServer) async throws -> Void
        ) async throws {
            try await WorldFixture.with { world in
                let ground = try LabGround.recorded(in: world.lab.existing())
                let directory = world.state + "/lab/sshd"
                let made = try await Program.run(
                    "/bin/mkdir", ["-m", "755", directory], as: ground.account, deadline: WorldFixture.soon())
                try #require(made.status == 0, "\(made.complaint)")
                let server = try await SSHServer.start(in: directory, as: ground.account)
                defer { server.stop() }
                try control(world, ssh(server, world, ground) + more(world))
                try await body(world, server)
            }
        }

        private func ssh(_ server: SSHServer, _ world: WorldFixture, _ ground: LabGround) -> [String] {
            [
                "    control:", "      ssh:", "        host: \(server.control.host)",
                "        port: \(server.control.port)", "        user: \(server.control.user)",
                "        identity-file: \(server.control.identityFile)",
                "        known-hosts: \(server.control.knownHosts)",
                "        data-directory: \(world.state)/lab/pg/west", "        bin-directory: \(ground.binDirectory)",
            ]
        }

        @Test(
            "over ssh: a primary that was killed or hangs is fenced on its host, and east serves",
            arguments: ["kill", "pause"])
        func lostBySSH(fault: String) async throws {
            try await withSSH { world, _ in
                _ = try await world.baton("lab", "break", "west-db", fault)
                let card = try await card(world)
                #expect(card.exit == 0 && card.text.contains("can be fenced on its host"), "\(card.text)")
                try await expectPromoted(world, try await promote(world))
                #expect(access(world.state + "/lab/pg/west/standby.signal", F_OK) == 0)
                let directory = Node.DataDirectory(path: world.state + "/lab/pg/west", binDirectory: "")
                let left = try await LocalServer(directory).processes(deadline: WorldFixture.soon())
                #expect(left.isEmpty)
            }
        }

        @Test("over ssh: a planned switchover there and back")
        func switchoverBySSH() async throws {
            try await withSSH { world, _ in
                for (site, primary) in [("east", "east-db"), ("west", "west-db")] {
                    let answer = try await world.baton(
                        "switchover", WorldFixture.playbook, "--to", site, "-y", "--format", "json")
                    #expect(answer.exit == 0, "\(answer.text)")
                    #expect(try await world.write() == world.node(primary).port)
                }
            }
        }

        @Test("over ssh: a host that is not reached, hangs or is another one proves nothing: refused, with what to do")
        func unreachableBySSH() async throws {
            try await withSSH { world, server in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                func expectRefused(_ words: String...) async throws {
                    let before = SystemClock.now()
                    let answer = try await promote(world)
                    #expect(answer.exit == 2, "\(answer.text)")
                    #expect(SystemClock.now() - before < .seconds(25))
                    let card = try await card(world)
                    #expect(card.exit == 2, "\(card.text)")
                    for word in words + ["--accept-unfenced west-db"] {
                        #expect(card.text.contains(word), "\(word): \(card.text)")
                    }
                    try await expectNotPromoted(world)
                }
                try world.rewrite(world.state + "/lab/topology.yaml") {
                    $0.replacing(server.control.knownHosts + "\n", with: server.wrongKnownHosts + "\n")
                }
                try await expectRefused("the host key of", "ssh-keyscan")
                try world.rewrite(world.state + "/lab/topology.yaml") {
                    $0.replacing(server.wrongKnownHosts + "\n", with: server.control.knownHosts + "\n")
                }
                server.hang()
                try await expectRefused("does not answer ssh")
                server.goOn()
                server.stop()
                while kill(server.process, 0) == 0, ProcessTable.programName(server.process) != nil {
                    try await SystemClock.sleep(.milliseconds(10))
                }
                try await expectRefused("nobody listens for ssh", "Start sshd there")
            }
        }

        // MARK: Fences of the user's own

        /// A power switch: what switches the server off, and the file that then says so.
        private func commandFence(
            _ world: WorldFixture, check: String = "exit 0", proof: String = "[ -e \"$0.off\" ]"
        ) throws -> [String] {
            let (power, directory) = (world.state + "/power", world.state + "/lab/pg/west")
            let script = """
                #!/bin/sh
                # power check|off|is-off DIRECTORY
                case $1 in
                check) \(check) ;;
                off)
                    kill -KILL "$(head -n 1 "$2/postmaster.pid")"
                    : >"$0.off" ;;
                is-off) \(proof) ;;
                *) exit 2 ;;
                esac

                """
            try world.rewriteNew(power, script)
            try #require(chmod(power, 0o755) == 0)
            return [
                "    fence:", "      command:", "        check: [\(power), check, \(directory)]",
                "        do: [\(power), \"off\", \(directory)]", "        verify: [\(power), is-off, \(directory)]",
            ]
        }

        @Test(
            "a command fence where the host is not controlled: its proof is the evidence", arguments: ["kill", "pause"])
        func command(fault: String) async throws {
            try await WorldFixture.with { world in
                try control(world, try commandFence(world))
                _ = try await world.baton("lab", "break", "west-db", fault)
                let card = try await card(world)
                #expect(card.exit == 0, "\(card.text)")
                #expect(card.text.contains("by its own fence") && card.text.contains("/power"), "\(card.text)")
                #expect(access(world.state + "/power.off", F_OK) != 0)
                try await expectPromoted(world, try await promote(world))
                #expect(access(world.state + "/power.off", F_OK) == 0)
            }
        }

        @Test("where the host does not answer its own fence is used, and the host is not waited for long")
        func fallback() async throws {
            try await withSSH(and: { try commandFence($0) }) { world, server in
                _ = try await world.baton("lab", "break", "west-db", "pause")
                server.hang()
                let card = try await card(world)
                #expect(card.exit == 0 && card.text.contains("by its own fence"), "\(card.text)")
                try await expectPromoted(world, try await promote(world))
                server.goOn()
            }
        }

        @Test("an http fence: the answer's body is the evidence")
        func http() async throws {
            try await WorldFixture.with { world in
                let directory = Node.DataDirectory(path: world.state + "/lab/pg/west", binDirectory: "")
                let (isOff, isAsked) = (world.state + "/http.off", world.state + "/http.check")
                let server = try HookServer { request in
                    if request.headers["authorization"] != "Bearer power" {
                        return HookServer.answer("401 Unauthorized")
                    }
                    if request.line.hasPrefix("POST") {
                        if let pid = DirectoryText.postmaster(directory.path) { kill(pid, SIGKILL) }
                        DirectoryText.touch(isOff)
                        return HookServer.answer("202 Accepted")
                    }
                    DirectoryText.touch(isAsked)
                    let state = access(isOff, F_OK) == 0 ? "off" : "on"
                    return HookServer.answer("200 OK", [], "{ \"node\": \"west\", \"power\": \"\(state)\" }")
                }
                defer { server.stop() }
                try world.rewriteNew(world.state + "/power.token", "power\n")
                try control(
                    world,
                    [
                        "    fence:", "      http:", "        token: \"file:\(world.state)/power.token\"",
                        "        check: { url: \"\(server.url("/west"))\" }",
                        "        do: { url: \"\(server.url("/west/off"))\", expect: { status: 202 } }",
                        "        verify: { url: \"\(server.url("/west"))\", expect: { status: 200, body: '\"power\":\"off\"' } }",
                    ])
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let card = try await card(world)
                #expect(card.exit == 0 && card.text.contains("by its own fence"), "\(card.text)")
                #expect(access(isAsked, F_OK) == 0 && access(isOff, F_OK) != 0)
                try await expectPromoted(world, try await promote(world))
                #expect(server.requests.contains { $0.line.hasPrefix("POST /west/off") })
            }
        }

        @Test("a fence whose check fails is refused; one whose proof says no is used, and nothing is promoted")
        func noProof() async throws {
            try await WorldFixture.with { world in
                try control(world, try commandFence(world, proof: "exit 1"))
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await promote(world)
                #expect(answer.exit != 0, "\(answer.text)")
                #expect(answer.json["outcome"] != .text("completed"), "\(answer.text)")
                // It was used, so that nobody can say that it was not tried.
                #expect(access(world.state + "/power.off", F_OK) == 0)
                try await expectNotPromoted(world)
                _ = try commandFence(world, check: "exit 1")
                let card = try await card(world)
                #expect(card.exit == 2 && card.text.contains("its own fence cannot be used"), "\(card.text)")
                try await expectNotPromoted(world)
            }
        }

        @Test("a fence that proves that a node is off which answers has switched off another machine: never promoted")
        func wrongMachine() async throws {
            try await WorldFixture.with { world in
                // Reports success, and the server that only hung goes on at that very moment.
                let wake = world.state + "/wake"
                try world.rewriteNew(
                    wake,
                    """
                    #!/bin/sh
                    for process in /proc/[0-9]*; do
                        [ "$(readlink "$process/cwd")" = \(world.state)/lab/pg/west ] && kill -CONT "${process#/proc/}"
                    done
                    exit 0

                    """)
                try #require(chmod(wake, 0o755) == 0)
                try control(
                    world,
                    [
                        "    fence:", "      command:", "        check: [/bin/true, check]",
                        "        do: [\(wake)]", "        verify: [/bin/true]",
                    ])
                _ = try await world.baton("lab", "break", "west-db", "pause")
                let answer = try await promote(world)
                #expect(answer.exit != 0, "\(answer.text)")
                #expect(answer.json["outcome"] != .text("completed"), "\(answer.text)")
                try await expectNotPromoted(world)
            }
        }
    }
}

/// What the fence of a test looks at and leaves behind.
private enum DirectoryText {
    static func postmaster(_ directory: String) -> Int32? {
        LabFiles.read(directory + "/postmaster.pid")?.split(separator: "\n").first.flatMap { Int32($0) }
    }

    static func touch(_ path: String) { close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)) }
}

extension WorldFixture {
    /// Writes a file that is not there yet, as the servers' user.
    fileprivate func rewriteNew(_ path: String, _ text: String) throws {
        let ground = try LabGround.recorded(in: lab.existing())
        try LabFiles.write(text, to: path, owner: ground.account)
    }
}
