import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Whom a topology tells")
struct NotifyTests {
    static let form =
        GoodFiles.topology + """
            notify:
              on-call: { command: [bin/page, --service, orders], on: [halt, end] }
              chat: { http: "https://chat.example:8443/hook?x=1", token: "env:CHAT_TOKEN", deadline: 2s }
              wall: { command: [wall] }
              secret-hook: { http: "file:hook.url" }

            """

    @Test("Every form is read; moments and deadline have defaults")
    func good() throws {
        let loaded = try TopologyLoader.parse(text: Self.form, path: "/team/t.yaml")
        #expect(loaded.complaints.isEmpty, "\(loaded.complaints)")
        #expect(
            loaded.topology.notify == [
                NotifyTarget(
                    name: "on-call", way: .command(["/team/bin/page", "--service", "orders"]), on: [.halt, .end]),
                NotifyTarget(
                    name: "chat",
                    way: .http(.url("https://chat.example:8443/hook?x=1"), token: .environment("CHAT_TOKEN")),
                    on: [.start, .freeze, .promote, .halt, .end], deadline: .seconds(2)),
                NotifyTarget(name: "wall", way: .command(["wall"]), deadline: .seconds(5)),
                NotifyTarget(name: "secret-hook", way: .http(.secret(.file("/team/hook.url")), token: nil)),
            ])
    }

    @Test("A topology without it tells nobody; an empty one too")
    func absent() throws {
        #expect(try TopologyLoader.parse(text: GoodFiles.topology, path: "t.yaml").topology.notify.isEmpty)
        let empty = GoodFiles.topology + "notify:\n"
        #expect(try TopologyLoader.parse(text: empty, path: "t.yaml").topology.notify.isEmpty)
    }

    @Test("What cannot tell anybody is refused with its code on its line", arguments: bad)
    func refused(_ file: BadFile) throws {
        try file.check(in: Self.form, load: loadTopology)
    }

    static let bad: [BadFile] = [
        BadFile("command: [wall]", "command: [wall], http: \"https://a/b\"", .commandAndHTTP, 17),
        BadFile("{ command: [wall] }", "{ on: [halt] }", .noCommandOrHTTP, 17),
        BadFile("{ command: [wall] }", "wall", .wrongType, 17),
        BadFile("command: [wall]", "command: wall", .wrongType, 17),
        BadFile("command: [wall]", "command: []", .wrongType, 17),
        BadFile("command: [wall]", "command: [wall, 5]", .ambiguousScalar, 17),
        BadFile("command: [wall]", "command: [\"\"]", .emptyValue, 17),
        BadFile("command: [wall]", "command: [\"~/bin/page\"]", .badPath, 17),
        BadFile("command: [wall]", "command: [wall], timeout: 5s", .unknownKey, 17),
        BadFile("command: [wall]", "command: [wall], token: \"env:X\"", .unknownKey, 17),
        BadFile("[halt, end]", "[]", .wrongType, 15),
        BadFile("[halt, end]", "halt", .wrongType, 15),
        BadFile("[halt, end]", "[halt, stop]", .unknownWord, 15),
        BadFile("[halt, end]", "[halt, halt]", .duplicateName, 15),
        BadFile("deadline: 2s", "deadline: 2", .missingUnit, 16),
        BadFile("deadline: 2s", "deadline: 10ms", .outOfRange, 16),
        BadFile("deadline: 2s", "deadline: 2min", .outOfRange, 16),
        BadFile("https://chat", "htps://chat", .badURL, 16),
        BadFile("https://chat.example:8443/hook?x=1", "chat.example/hook", .badURL, 16),
        BadFile("https://chat.example:8443/hook?x=1", "https:///hook", .badURL, 16),
        BadFile("https://chat.example:8443/hook?x=1", "unix:/run/x", .badURL, 16),
        BadFile(":8443/hook", ":84430/hook", .badURL, 16),
        BadFile(":8443/hook", ":+80/hook", .badURL, 16),
        BadFile("hook?x=1", "hook x", .badURL, 16),
        BadFile("\"https://chat.example:8443/hook?x=1\"", "[a]", .wrongType, 16),
        BadFile("\"file:hook.url\"", "\"file:\"", .badSecretReference, 18),
        BadFile("\"env:CHAT_TOKEN\"", "hunter2", .plainSecret, 16),
        BadFile("https://chat", "http://chat", .tokenWithoutTLS, 16, .warning),
        BadFile("  wall:", "  chat:", .duplicateKey, 17),
        BadFile("  wall:", "  \"a b\":", .badName, 17),
        BadFile("notify:", "notifications:", .unknownKey, 14),
        BadFile("notify:", "notify: [a]\nroutes2:", .wrongType, 14),
    ]

    @Test(
        "Neither a token in plain nor a URL that may be a secret is repeated",
        arguments: [
            ("\"env:CHAT_TOKEN\"", "hunter2"), ("\"env:CHAT_TOKEN\"", "[hunter2]"),
            ("token: \"env:CHAT_TOKEN\"", "tokn: hunter2"), ("token: \"env:CHAT_TOKEN\"", "authorization: hunter2"),
            ("https://chat.example:8443/hook", "https://me:hunter2@chat.example/hook"),
            ("https://chat.example:8443/hook", "htps://chat.example/hunter2"),
            ("\"https://chat.example:8443/hook?x=1\"", "https://chat.example/ä-hunter2"),
        ])
    func nothingRepeated(_ change: (String, String)) throws {
        let text = try #require(GoodFiles.with(Self.form, change.0, change.1))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(text) }
        #expect(!failure.description.contains("hunter2"), "\(failure)")
        expectSound(failure.complaints)
    }

    @Test("An IPv6 address and a host without a path are hosts; brackets alone are not what a port is")
    func hosts() {
        #expect(URLFault(of: "http://[::1]:80/x") == nil && URLFault(of: "HTTPS://chat.example") == nil)
        #expect(URLFault(of: "http://[::1]x") == .badPort && URLFault(of: "http://:80/") == .noHost)
        #expect(URLFault(of: "http://a@b/") == .user && URLFault(of: "ftp://a/") == .notHTTP)
    }
}
