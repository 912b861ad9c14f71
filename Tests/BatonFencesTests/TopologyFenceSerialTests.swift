import BatonCore
import BatonFences
import BatonHTTP
import Glibc
import TestServers
import Testing

@testable import BatonEngine

@Suite("A user's own fence", .serialized, .timeLimit(.minutes(1)))
struct TopologyFenceSerialTests {
    private let permit = Permit(run: "test", step: "test")

    private func soon() -> Deadline { SystemClock.deadline(in: .seconds(20)) }

    private func fence(_ fence: NodeFence, secrets: [SecretReference: String] = [:]) -> TopologyFence {
        TopologyFence(fence, of: "west-db", http: HTTPClient(proxies: .none)) { reference, _ in
            guard let secret = secrets[reference] else { throw NoSecret() }
            return Secret(secret)
        }
    }

    private struct NoSecret: Error, CustomStringConvertible {
        var description: String { "nobody knows the secret" }
    }

    private func commands(_ check: String, _ act: String, _ verify: String) -> NodeFence {
        func call(_ script: String) -> NodeFence.Call { .command(["/bin/sh", "-c", script, "sh", "it's $(one) word"]) }
        return NodeFence(check: call(check), act: call(act), verify: call(verify))
    }

    @Test("a command says yes by status 0, and learns of which node; no shell reads its arguments")
    func command() async throws {
        let good = fence(
            commands(
                "[ \"$BATON_NODE\" = west-db ]", "[ \"$1\" = \"it's \\$(one) word\" ]", "exit 0"))
        try await good.check(deadline: soon())
        try await good.act(permit: permit, deadline: soon())
        guard case .proved(let evidence) = await good.verify(deadline: soon()) else {
            Issue.record("not proved")
            return
        }
        #expect(evidence == "the command /bin/sh proves that west-db is off")
    }

    @Test("anything but status 0 is no proof, and a failed order may have had its effect")
    func commandSaysNo() async throws {
        let bad = fence(commands("echo 'no such outlet' >&2; exit 3", "exit 4", "exit 1"))
        await #expect(
            throws: HostError.refused(
                "`check` of the fence of west-db: /bin/sh ended with status 3: no such outlet")
        ) { try await bad.check(deadline: soon()) }
        await #expect(throws: HostError.unknown("`do` of the fence of west-db: /bin/sh ended with status 4")) {
            try await bad.act(permit: permit, deadline: soon())
        }
        #expect(
            await bad.verify(deadline: soon())
                == .notProved("`verify` of the fence of west-db: /bin/sh ended with status 1"))
        let none = fence(
            NodeFence(
                check: .command(["no-such-program-here"]), act: .command(["no-such-program-here"]),
                verify: .command(["no-such-program-here", "x"])))
        await #expect(
            throws: HostError.refused("`do` of the fence of west-db: there is no program no-such-program-here")
        ) { try await none.act(permit: permit, deadline: soon()) }
        guard case .notProved = await none.verify(deadline: soon()) else {
            Issue.record("a program that is not there proved something")
            return
        }
    }

    @Test("a proof that does not come in time is none")
    func hangs() async throws {
        let slow = fence(commands("exit 0", "exit 0", "sleep 60"))
        let before = SystemClock.now()
        let verdict = await slow.verify(deadline: SystemClock.deadline(in: .milliseconds(300)))
        guard case .notProved = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(SystemClock.now() - before < .seconds(10))
    }

    @Test("requests carry the token, and the answer's status and body decide")
    func http() async throws {
        let server = try HookServer { request in
            if request.headers["authorization"] != "Bearer t0ken" { return HookServer.answer("401 Unauthorized") }
            if request.line.hasPrefix("POST") { return HookServer.answer("202 Accepted") }
            return HookServer.answer("200 OK", [], "{ \"power\" : \"off\" }")
        }
        defer { server.stop() }
        let token = SecretReference.environment("POWER")
        func request(
            _ method: NodeFence.Request.Method = .get, body: String? = nil, status: Int? = nil, answer: String? = nil
        ) -> NodeFence.Call {
            .http(
                .init(method: method, address: .url(server.url("/west")), body: body, status: status, answer: answer),
                token: token)
        }
        func made(_ verify: NodeFence.Call) -> TopologyFence {
            fence(
                NodeFence(
                    check: request(), act: request(.post, body: "{\"type\":\"off\"}", status: 202), verify: verify),
                secrets: [token: "t0ken"])
        }
        let good = made(request(answer: "\"power\":\"off\""))
        try await good.check(deadline: soon())
        try await good.act(permit: permit, deadline: soon())
        guard case .proved(let evidence) = await good.verify(deadline: soon()) else {
            Issue.record("not proved")
            return
        }
        // Neither path nor token.
        #expect(evidence == "GET http://127.0.0.1:\(server.port) proves that west-db is off")
        #expect(server.requests[1].line == "POST /west HTTP/1.1")
        #expect(server.requests[1].body == "{\"type\":\"off\"}")
        #expect(server.requests[1].headers["content-type"] == "application/json")
        for no in [request(answer: "\"power\":\"on\""), request(status: 204, answer: "off")] {
            guard case .notProved(let why) = await made(no).verify(deadline: soon()) else {
                Issue.record("proved")
                continue
            }
            #expect(!why.contains("t0ken"))
        }
        let mute = fence(NodeFence(check: request(), act: request(.post), verify: request(answer: "off")))
        await #expect(throws: HostError.self) { try await mute.check(deadline: soon()) }
    }

    @Test("a server that is not there refuses; one that does not answer may have acted")
    func unreachable() async throws {
        let port = try HookServer.freePort()
        let call = NodeFence.Call.http(
            .init(method: .post, address: .url("http://127.0.0.1:\(port)/")), token: nil)
        let gone = fence(NodeFence(check: call, act: call, verify: call))
        do throws(HostError) {
            try await gone.act(permit: permit, deadline: soon())
            Issue.record("nobody answered")
        } catch {
            guard case .refused = error else {
                Issue.record("\(error)")
                return
            }
        }
        let silent = try HookServer { _ in nil }
        defer { silent.stop() }
        let slow = NodeFence.Call.http(.init(method: .post, address: .url(silent.url())), token: nil)
        let waiting = fence(NodeFence(check: slow, act: slow, verify: slow))
        do throws(HostError) {
            try await waiting.act(permit: permit, deadline: SystemClock.deadline(in: .milliseconds(300)))
            Issue.record("nobody answered")
        } catch {
            guard case .timedOut = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
