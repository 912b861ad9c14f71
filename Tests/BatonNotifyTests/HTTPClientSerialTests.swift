import BatonCore
import BatonEngine
import BatonHTTP
import BatonHosts
import Foundation
import TestServers
import Testing

@Suite("One HTTP request", .serialized, .timeLimit(.minutes(1)))
struct HTTPClientSerialTests {
    private let client = HTTPClient(proxies: .none, bodyLimit: 10_000)

    private func soon() -> Deadline { SystemClock.deadline(in: .seconds(20)) }

    private func error(_ request: HTTPRequest, deadline: Deadline? = nil) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.send(request, deadline: deadline ?? soon())
            return nil
        } catch {
            return error
        }
    }

    @Test("Method, headers, token and body arrive; status, headers and body come back")
    func answered() async throws {
        let server = try HookServer { _ in HookServer.answer("200 Fine", ["X-Kind:  two words "], "thanks") }
        defer { server.stop() }
        let answer = try await client.send(
            HTTPRequest(
                "POST", server.url("/a?b=c"), headers: [HTTPHeader("X-One", "1"), HTTPHeader("X-None", "")],
                token: Secret("s3cret"), body: Array("héllo".utf8)), deadline: soon())
        #expect(answer.status == 200 && answer.isSuccess && answer.body == Array("thanks".utf8))
        #expect(answer.header("x-kind")?.hasPrefix("two words") == true && answer.header("absent") == nil)
        let request = try #require(server.requests.first)
        #expect(request.line == "POST /a?b=c HTTP/1.1" && request.body == "héllo")
        #expect(request.headers["authorization"] == "Bearer s3cret" && request.headers["x-one"] == "1")
        #expect(request.headers["x-none"] == "" && request.headers["content-length"] == "6")
    }

    @Test("Without a body none is sent; an empty one is an empty one")
    func bodies() async throws {
        let server = try HookServer { _ in HookServer.answer("204 None") }
        defer { server.stop() }
        for (method, body) in [("GET", nil), ("POST", []), ("PUT", [65]), ("DELETE", nil), ("HEAD", nil)]
            as [(String, [UInt8]?)]
        {
            #expect(
                try await client.send(HTTPRequest(method, server.url(), body: body), deadline: soon()).status == 204)
        }
        let requests = server.requests
        #expect(requests.map { $0.line.prefix { $0 != " " } } == ["GET", "POST", "PUT", "DELETE", "HEAD"])
        #expect(requests.map { $0.headers["content-length"] } == [nil, "0", "1", nil, nil])
    }

    @Test("A status that says no is an answer; a redirect is one too, and is not followed")
    func otherStatuses() async throws {
        let server = try HookServer { request in
            request.line.contains("/moved")
                ? HookServer.answer("302 Found", ["Location: /hook"]) : HookServer.answer("500 No")
        }
        defer { server.stop() }
        #expect(try await client.send(HTTPRequest("GET", server.url()), deadline: soon()).status == 500)
        let moved = try await client.send(HTTPRequest("GET", server.url("/moved")), deadline: soon())
        #expect(moved.status == 302 && !moved.isSuccess && moved.header("location") == "/hook")
        #expect(server.requests.count == 2)
    }

    @Test("Where nobody listens, nothing was sent")
    func refused() async throws {
        let error = await error(HTTPRequest("GET", "http://127.0.0.1:\(try HookServer.freePort())/s3cret"))
        guard case .unreachable(let text)? = error else { throw try #require(error) }
        #expect(!text.contains("s3cret"))
        guard case .unreachable? = await self.error(HTTPRequest("GET", "http://no-such-host.invalid/")) else {
            throw NotThat()
        }
    }

    /// Another error than the one that is due, or none.
    private struct NotThat: Error {
        let error: HTTPError?
        let place: String

        init(_ error: HTTPError? = nil, at place: String = "") {
            self.error = error
            self.place = place
        }
    }

    @Test("A server that never answers: the request ends at its deadline")
    func silent() async throws {
        let server = try HookServer { _ in nil }
        defer { server.stop() }
        let began = SystemClock.now()
        let error = await error(HTTPRequest("GET", server.url()), deadline: began + .milliseconds(300))
        guard case .timedOut? = error else { throw NotThat() }
        let took = SystemClock.now() - began
        #expect(took >= .milliseconds(290) && took < .seconds(10), "\(took)")
        #expect(server.requests.count == 1)
        guard case .timedOut? = await self.error(HTTPRequest("GET", server.url()), deadline: began) else {
            throw NotThat()
        }
        #expect(server.requests.count == 1, "past the deadline nothing is sent")
    }

    @Test("A cancelled task ends its request at once")
    func cancelled() async throws {
        let server = try HookServer { _ in nil }
        defer { server.stop() }
        let task = Task {
            await error(HTTPRequest("GET", server.url()), deadline: SystemClock.deadline(in: .seconds(600)))
        }
        _ = try await server.received(1)
        task.cancel()
        #expect(await task.value == .cancelled)
        let early = Task { () -> HTTPError? in
            while !Task.isCancelled { await Task.yield() }
            return await error(HTTPRequest("GET", server.url()), deadline: SystemClock.deadline(in: .seconds(600)))
        }
        early.cancel()
        #expect(await early.value == .cancelled)
    }

    @Test("An answer longer than the limit is not kept")
    func long() async throws {
        let server = try HookServer { request in
            request.line.contains("/head")
                ? HookServer.answer("200 OK", (0..<2_000).map { "X-\($0): \(String(repeating: "y", count: 100))" })
                : HookServer.answer(
                    "200 OK", [], String(repeating: "x", count: request.line.contains("/most") ? 10_000 : 10_001))
        }
        defer { server.stop() }
        #expect(try await client.send(HTTPRequest("GET", server.url("/most")), deadline: soon()).body.count == 10_000)
        for path in ["/more", "/head"] {
            let error = await error(HTTPRequest("GET", server.url(path)))
            guard case .tooLong? = error else { throw NotThat(error, at: path) }
        }
    }

    @Test("An answer that is none, or that breaks off, is broken")
    func broken() async throws {
        let server = try HookServer { request in
            request.line.contains("/cut") ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf" : "SSH-2.0-server\r\n"
        }
        defer { server.stop() }
        for path in ["/cut", "/other"] {
            guard case .broken? = await error(HTTPRequest("GET", server.url(path))) else { throw NotThat() }
        }
    }

    @Test(
        "What is no request is refused without a word of it",
        arguments: [
            HTTPRequest("GET", "ftp://127.0.0.1/s3cret"), HTTPRequest("GET", "file:///etc/s3cret"),
            HTTPRequest("GET", "127.0.0.1/s3cret"), HTTPRequest("GET", "http://a b/s3cret"), HTTPRequest("GET", ""),
            HTTPRequest("GET", "http://127.0.0.1/\ns3cret"), HTTPRequest("get x", "http://127.0.0.1/s3cret"),
            HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPHeader("X", "1\r\ns3cret: 2")]),
            HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPHeader("X: s3cret", "1")]),
            HTTPRequest("GET", "http://127.0.0.1/", token: Secret("a\ns3cret")),
        ])
    func invalid(_ request: HTTPRequest) async throws {
        guard case .invalid(let text)? = await error(request) else { throw NotThat() }
        #expect(!text.contains("s3cret"))
    }

    @Test("A server whose certificate nobody vouches for gets no request")
    func untrusted() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "baton-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (key, certificate) = (directory.path + "/key.pem", directory.path + "/cert.pem")
        let making = try await Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ], deadline: soon())
        try #require(making.status == 0, "\(making.complaint)")
        let port = try HookServer.freePort()
        let arguments = ["s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", certificate, "-www"]
        let server = Task { try? await Program.run("openssl", arguments, deadline: soon()) }
        let request = HTTPRequest("GET", "https://127.0.0.1:\(port)/")
        let end = soon()
        var last: HTTPError?
        repeat {
            last = await error(request)
            guard case .unreachable? = last else { break }
            try await Task.sleep(nanoseconds: 10_000_000)
        } while SystemClock.now() < end
        server.cancel()
        _ = await server.value
        guard case .untrusted(let text)? = last else { throw NotThat() }
        #expect(text.contains("certificate"), "\(text)")
    }
}
