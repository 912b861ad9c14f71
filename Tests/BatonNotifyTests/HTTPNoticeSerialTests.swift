import BatonCore
import BatonEngine
import BatonNotify
import TestServers
import Testing

@Suite("Notices by webhook", .serialized, .timeLimit(.minutes(1)))
struct HTTPNoticeSerialTests {
    private func target(
        _ address: HTTPAddress, name: String = "chat", token: SecretReference? = nil,
        deadline: TimeSpan = .seconds(20)
    ) -> NotifyTarget {
        NotifyTarget(name: name, way: .http(address, token: token), deadline: deadline)
    }

    private func tell(_ rig: Rig, _ target: NotifyTarget, _ secrets: [SecretReference: String] = [:]) async {
        let queue = rig.queue([target], secrets: secrets)
        queue.send(Rig.notice(.halt, outcome: "halted"))
        await queue.drain(deadline: Rig.soon())
    }

    @Test("The notice is posted as JSON, with the token")
    func posted() async throws {
        let rig = try Rig()
        let server = try HookServer { _ in HookServer.answer("202 Accepted") }
        defer { server.stop() }
        await tell(rig, target(.url(server.url()), token: .file("/t")), [.file("/t"): "s3cret"])
        #expect(rig.warnings == [])
        let request = try #require(server.requests.first)
        #expect(request.line == "POST /hook HTTP/1.1" && request.headers["content-type"] == "application/json")
        #expect(request.headers["authorization"] == "Bearer s3cret")
        #expect(request.body.contains(#""moment":"halt","outcome":"halted""#), "\(request.body)")
    }

    @Test("A URL that is a secret is fetched, and no warning holds it")
    func secretURL() async throws {
        let rig = try Rig()
        let server = try HookServer { _ in HookServer.answer("404 Gone", [], "s3cret") }
        defer { server.stop() }
        let reference = SecretReference.environment("HOOK")
        await tell(rig, target(.secret(reference)), [reference: server.url("/s3cret")])
        await tell(rig, target(.secret(reference)), [reference: "s3cret"])
        await tell(rig, target(.secret(reference)))
        #expect(server.requests.count == 1)
        #expect(
            rig.warnings == [
                "notify chat: halt may not have arrived: the server answered 404",
                "notify chat: halt may not have arrived: the URL is not one of http or https",
                "notify chat: halt may not have arrived: nobody knows the secret",
            ])
    }

    @Test("An answer that is no success is a warning; a redirect is not followed")
    func answers() async throws {
        let rig = try Rig()
        let server = try HookServer { request in
            request.line.contains("/moved")
                ? HookServer.answer("307 Moved", ["Location: /hook"]) : HookServer.answer("500 No")
        }
        defer { server.stop() }
        await tell(rig, target(.url(server.url())))
        await tell(rig, target(.url(server.url("/moved"))))
        #expect(server.requests.count == 2)
        #expect(
            rig.warnings == [
                "notify chat: halt may not have arrived: the server answered 500",
                "notify chat: halt may not have arrived: the server answered 307, and redirects are not followed",
            ])
    }

    @Test("A server that is not there, or never answers, holds up only its own target")
    func silent() async throws {
        let rig = try Rig()
        let silent = try HookServer { _ in nil }
        let good = try HookServer { _ in HookServer.answer("200 OK") }
        defer {
            silent.stop()
            good.stop()
        }
        let queue = rig.queue([
            target(.url(silent.url()), name: "silent", deadline: .seconds(2)),
            target(.url("http://127.0.0.1:\(try HookServer.freePort())/"), name: "gone"),
            target(.url(good.url()), name: "good"),
        ])
        for moment in [Notice.Moment.start, .end] { queue.send(Rig.notice(moment)) }
        let received = try await good.received(2)
        #expect(received.map(\.body).map { $0.contains("start") } == [true, false])
        #expect(!rig.warnings.contains { $0.hasPrefix("notify silent") }, "the good one did not wait")
        await queue.drain(deadline: Rig.soon())
        #expect(rig.warnings.filter { $0.hasPrefix("notify silent: ") }.count == 2)
        #expect(rig.warnings.filter { $0.hasPrefix("notify gone: ") }.count == 2)
        #expect(rig.warnings.count == 4 && silent.requests.count == 2)
    }
}
