import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("How a node's host is reached, and how the node is fenced without it")
struct NodeHostTests {
    private static let local =
        "control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } }"
    private static let remote = """
        control: { ssh: { host: 10.0.0.1, port: 2222, user: postgres, identity-file: keys/west, known-hosts: known, data-directory: /srv/pg, bin-directory: /usr/bin } }
        """
    private static let command = """
        fence: { command: { check: [bin/power, check], do: [bin/power, "off", "it's"], verify: [power, is-off] } }
        """
    private static let http = """
        fence: { http: { token: "env:POWER", check: { url: "https://p/w", expect: { status: 204 } }, do: { url: "file:off.url", method: PUT, body: "{}" }, verify: { url: "https://p/w", expect: { body: "is off" } } } }
        """

    private static func form(_ lines: String) -> String {
        GoodFiles.with(GoodFiles.topology, local, lines) ?? ""
    }

    static let commandForm = form(remote + ", " + command)
    static let httpForm = form(http)

    private func west(_ text: String) throws -> Node {
        let loaded = try TopologyLoader.parse(text: text, path: "/team/t.yaml")
        #expect(loaded.complaints.isEmpty, "\(loaded.complaints)")
        return loaded.topology.nodes[0]
    }

    @Test("Keys and paths of this machine are relative to the file, those of the other one are whole")
    func ssh() throws {
        let node = try west(Self.form(Self.remote))
        #expect(
            node.access
                == .ssh(
                    SSHControl(
                        host: "10.0.0.1", port: 2222, user: "postgres", identityFile: "/team/keys/west",
                        knownHosts: "/team/known")))
        #expect(node.dataDirectory == .init(path: "/srv/pg", binDirectory: "/usr/bin"))
        let usual = try west(Self.form(Self.remote.replacing("port: 2222, ", with: "")))
        guard case .ssh(let control) = usual.access else {
            Issue.record("no ssh")
            return
        }
        #expect(control.port == 22)
    }

    @Test("A fence by commands, and one by requests, with or without a control")
    func fences() throws {
        let node = try west(Self.form(Self.local + ", " + Self.command))
        #expect(node.access == .local)
        #expect(
            node.fence
                == NodeFence(
                    check: .command(["/team/bin/power", "check"]), act: .command(["/team/bin/power", "off", "it's"]),
                    verify: .command(["power", "is-off"])))
        let other = try west(Self.form(Self.http))
        #expect(other.access == .none)
        let token = SecretReference.environment("POWER")
        #expect(
            other.fence
                == NodeFence(
                    check: .http(.init(method: .get, address: .url("https://p/w"), status: 204), token: token),
                    act: .http(
                        .init(method: .put, address: .secret(.file("/team/off.url")), body: "{}"), token: token),
                    verify: .http(.init(method: .get, address: .url("https://p/w"), answer: "is off"), token: token)))
    }

    @Test("What reaches no host or proves nothing is refused with its code on its line", arguments: bad)
    func refused(_ file: BadFile) throws {
        try file.check(in: Self.form(Self.remote + ", " + Self.command), load: loadTopology)
    }

    static let bad: [BadFile] = [
        BadFile("host: 10.0.0.1, ", "", .missingKey, 6),
        BadFile("user: postgres, ", "", .missingKey, 6),
        BadFile("known-hosts: known, ", "", .missingKey, 6),
        BadFile("identity-file", "identity", .unknownKey, 6),
        BadFile("port: 2222", "port: 0", .outOfRange, 6),
        BadFile("host: 10.0.0.1", "host: -oProxyCommand=x", .badHost, 6),
        BadFile("host: 10.0.0.1", "host: /run/sshd", .badHost, 6),
        BadFile("user: postgres", "user: -oProxyCommand=x", .badIdentifier, 6),
        BadFile("user: postgres", "user: me@there", .badIdentifier, 6),
        BadFile("data-directory: /srv/pg", "data-directory: pg", .badPath, 6),
        BadFile("bin-directory: /usr/bin", "bin-directory: \"~/bin\"", .badPath, 6),
        BadFile("ssh: { host", "local: { data-directory: /x, bin-directory: /y }, ssh: { host", .badControl, 6),
        BadFile("fence: { command: {", "fence: { http: { check: { url: \"https://a\" } }, command: {", .badFence, 6),
        BadFile("verify: [power, is-off]", "verify: [bin/power, check]", .fenceProvesNothing, 6),
        BadFile("verify: [power, is-off]", "verify: [bin/power, \"off\", \"it's\"]", .fenceProvesNothing, 6),
        BadFile(", verify: [power, is-off]", "", .missingKey, 6),
        BadFile("verify: [power, is-off]", "verify: power is-off", .wrongType, 6),
        BadFile("do: [bin/power", "off: [bin/power", .unknownKey, 6),
    ]

    @Test("A status alone proves nothing, and a token is not sent in plain")
    func requests() throws {
        let mute = Self.form(Self.http.replacing(", expect: { body: \"is off\" }", with: ""))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(mute) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.fenceProvesNothing.rawValue])
        let plain = Self.form(Self.http.replacing("verify: { url: \"https:", with: "verify: { url: \"http:"))
        #expect(try loadTopology(plain).map(\.code) == [ComplaintCode.tokenWithoutTLS.rawValue])
        let secret = Self.form(Self.http.replacing("env:POWER", with: "hunter2"))
        let refusal = try #require(throws: LoadFailure.self) { try loadTopology(secret) }
        #expect(!refusal.description.contains("hunter2"))
    }

    @Test("Two nodes may have the same path on two machines, and not on one")
    func paths() throws {
        let east = "control: { local: { data-directory: pg/east, bin-directory: /usr/lib/postgresql/15/bin } }"
        let two = try #require(
            GoodFiles.with(Self.form(Self.remote), east, Self.remote.replacing("10.0.0.1", with: "10.0.0.2")))
        #expect(try loadTopology(two).isEmpty)
        let one = try #require(GoodFiles.with(Self.form(Self.remote), east, Self.remote))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(one) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.duplicatePath.rawValue])
    }

    @Test("An emergency needs no control of a node that has a fence of its own, and a planned run does")
    func safety() throws {
        let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)
        func codes(_ playbook: String, _ lines: String) throws -> [String] {
            let topology = try TopologyLoader.parse(text: Self.form(lines), path: "/team/t.yaml")
            let playbook = try PlaybookLoader.load(path: Self.playbooks + playbook, catalogue: catalogue)
            return StaticSafety(playbook, topology: topology, catalogue: catalogue).complaints.map(\.code)
        }
        let uncontrolled = ComplaintCode.hostNotControlled.rawValue
        #expect(try !codes("emergency-promotion.yaml", Self.http).contains(uncontrolled))
        #expect(try codes("emergency-promotion.yaml", "control: none").contains(uncontrolled))
        #expect(try codes("planned-switchover.yaml", Self.http).contains(uncontrolled))
        for lines in [Self.remote, Self.remote + ", " + Self.command] {
            #expect(try codes("emergency-promotion.yaml", lines).isEmpty)
            #expect(try codes("planned-switchover.yaml", lines).isEmpty)
        }
    }

    private static let playbooks =
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/Playbooks/"
}
