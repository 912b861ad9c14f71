import BatonActions
import BatonCore
import Testing

/// What a person types without Baton: there for every action and gate, and made of words that no shell misreads.
@Suite("By hand")
struct ByHandTests {
    /// What a hostile topology would like to say; each of its values holds it.
    private static let evil = "x'; rm -rf \"$HOME\" `id` #"

    private static func scope(_ mark: String = "") -> Scope {
        var nodes = ["west", "east", "spare"].enumerated().map { index, site in
            Node(
                name: "\(site)-db", site: site, host: "127.0.0.1", port: 5501 + index, database: "app" + mark,
                user: "baton" + mark, password: .file("/lab/\(site)\(mark).pw"),
                tls: TLSSettings(mode: .verifyFull, rootCertificate: "/lab/ca\(mark).pem"), access: .local,
                dataDirectory: .init(path: "/lab/pg\(mark)/\(site)", binDirectory: "/lab/bin\(mark)"))
        }
        nodes[0].fence = NodeFence(
            check: .command(["power", "check" + mark]), act: .command(["power", "off" + mark]),
            verify: .command(["power", "is-off" + mark]))
        nodes[2].fence = httpFence(mark)
        let pooler = Pooler(
            name: "pool", site: "east", host: "127.0.0.1", port: 6501, admin: "admin" + mark,
            password: .command(["secret", "pool" + mark]), databases: ["app" + mark], config: "/lab/pool\(mark).ini",
            access: .local)
        let route = Route(
            name: "app", through: "pool", database: "app" + mark, user: "app" + mark, password: .environment("APP_PW"),
            canary: .init(table: "baton_canary", every: .milliseconds(10)))
        return Scope(
            topology: Topology(
                name: "lab", sites: ["west", "east"], nodes: nodes, poolers: [pooler], routes: [route]),
            binding: Binding(old: "west-db", new: "east-db"))
    }

    private static func httpFence(_ mark: String) -> NodeFence {
        func call(_ method: NodeFence.Request.Method, _ path: String, _ answer: String?) -> NodeFence.Call {
            .http(
                .init(
                    method: method, address: .url("https://power/\(path)\(mark)"),
                    body: method == .post ? "{\(mark)}" : nil, answer: answer.map { $0 + mark }),
                token: .file("/lab/power\(mark).token"))
        }
        return NodeFence(
            check: call(.get, "spare", nil), act: call(.post, "spare/off", nil), verify: call(.get, "spare", "off"))
    }

    private static func targets(_ kind: TargetKind) -> [Target] {
        switch kind {
        case .node: ["west-db", "east-db", "spare-db"].map(Target.node)
        case .pooler: [.pooler("pool")]
        case .route: [.route("app")]
        case .proxy, .name: []
        }
    }

    private static let facts: [Change] = [
        Change(FactKey(.node("west-db"), .running), .flag(false)),
        Change(FactKey(.node("east-db"), .running), .flag(true)),
        Change(FactKey(.node("east-db"), .writable), .flag(true)),
        Change(FactKey(.node("spare-db"), .writable), .flag(false)),
        Change(FactKey(.node("east-db"), .inRecovery), .flag(false)),
        Change(FactKey(.node("west-db"), .cleanShutdown), .flag(true)),
        Change(FactKey(.node("west-db"), .standbySignal), .flag(true)),
        Change(FactKey(.node("west-db"), .standbySignal), .flag(false)),
        Change(FactKey(.node("west-db"), .fenced), .flag(true)),
        Change(FactKey(.node("east-db"), .fenced), .flag(true)),
        Change(FactKey(.node("spare-db"), .fenced), .flag(true)),
        Change(FactKey(.node("east-db"), .timeline), .number(2)),
        Change(FactKey(.node("spare-db"), .follows), .name("east-db")),
        Change(FactKey(.node("east-db"), .complete), .flag(true)),
        Change(FactKey(.node("west-db"), .cluster), .number(7)),
        Change(FactKey(.node("east-db"), .received), .number(7)),
        Change(FactKey(.node("spare-db"), .detached), .flag(true)),
        Change(FactKey(.node("spare-db"), .overlaid), .flag(false)),
        Change(FactKey(.node("east-db"), .mostAdvanced), .flag(true)),
        Change(FactKey(.node("west-db"), .aligned), .flag(true)),
        Change(FactKey(.node("west-db"), .keptData), .nothing),
        Change(FactKey(.node("east-db"), .slot, detail: "west-db"), .flag(true)),
        Change(FactKey(.pooler("pool"), .paused), .flag(true)),
        Change(FactKey(.pooler("pool"), .leadsTo), .name("east-db")),
        Change(FactKey(.pooler("pool"), .eagerLogins), .flag(true)),
    ]

    /// Everything that anybody could be told to type.
    private static func commands(_ scope: Scope) -> [ByHandCommand] {
        let actions = Catalogue.allActions.flatMap { action in
            targets(action.kind).flatMap { action.byHand(Call(action.id, on: $0), scope) }
        }
        let gates = Catalogue.allGates.flatMap { gate in
            targets(gate.kind).flatMap { gate.byHand(Arguments(), $0, scope).commands }
        }
        return actions + gates + facts.flatMap { ByHandLook.commands([$0], in: scope) }
    }

    @Test("Every action can be done by hand, and its effect looked at", arguments: Catalogue.allActions)
    func actions(_ action: ActionDefinition) {
        let scope = Self.scope()
        for target in Self.targets(action.kind) {
            let call = Call(action.id, on: target)
            let commands = action.byHand(call, scope)
            #expect(
                !commands.isEmpty && commands.allSatisfy { !$0.line.parts.isEmpty && !$0.place.isEmpty }, "\(target)")
            let changes = action.changes(call, scope)
            #expect(changes.isEmpty || !ByHandLook.commands(changes, in: scope).isEmpty)
        }
    }

    @Test(
        "Every gate can be asked by hand, says what is acceptable and what to do otherwise",
        arguments: Catalogue.allGates)
    func gates(_ gate: GateDefinition) {
        for target in Self.targets(gate.kind) {
            let check = gate.byHand(Arguments(), target, Self.scope())
            #expect(!check.commands.isEmpty && check.commands.allSatisfy { !$0.expect.isEmpty }, "\(target)")
            #expect(!check.otherwise.isEmpty)
        }
    }

    @Test("Every fact can be looked at, a server that is down only at its directory")
    func looks() {
        #expect(Set(Self.facts.map(\.key.aspect)) == Set(Aspect.allCases))
        for fact in Self.facts { #expect(!ByHandLook.commands([fact], in: Self.scope()).isEmpty, "\(fact)") }
        let stopped = ByHandLook.commands(
            [
                Change(FactKey(.node("west-db"), .writable), .flag(false)),
                Change(FactKey(.node("west-db"), .running), .flag(false)),
            ], in: Self.scope())
        #expect(stopped.count == 1 && stopped.first?.output == "pg_ctl: no server running")
    }

    @Test("No value of the topology becomes shell, and no text to read holds a path or a password")
    func values() {
        let commands = Self.commands(Self.scope(Self.evil))
        #expect(commands.count > 60)
        for part in commands.flatMap(\.line.parts) {
            guard case .shell(let text) = part else { continue }
            #expect(!text.contains("rm -rf") && !text.contains("/lab/"), "\(text)")
        }
        // The same shell whatever the values are.
        func shell(_ commands: [ByHandCommand]) -> [[ShellLine.Part]] {
            commands.map { $0.line.parts.filter { if case .shell = $0 { true } else { false } } }
        }
        #expect(shell(commands) == shell(Self.commands(Self.scope())))
        #expect(commands.allSatisfy { !$0.place.contains("/lab/") && !$0.expect.contains("/lab/") })
    }

    @Test("Each session says host, port, user and database, how it is protected, and where its password is")
    func sessions() throws {
        let psql = Self.commands(Self.scope()).filter { command in
            command.line.parts.contains { if case .shell(let text) = $0 { text.contains("psql") } else { false } }
        }
        #expect(psql.count > 30)
        for command in psql {
            let text = command.line.parts.map { part in
                switch part {
                case .shell(let text), .value(let text): text
                case .secret(let reference): "\(reference)"
                }
            }.joined()
            #expect(text.contains("PGPASSWORD=") && text.contains(" -h 127.0.0.1 -p "), "\(text)")
            #expect(text.contains(" -U ") && text.contains(" -d "), "\(text)")
            if text.contains("file:") { #expect(text.contains("PGSSLMODE=verify-full PGSSLROOTCERT=/lab/ca.pem")) }
        }
    }

    @Test("A fence of the topology's own is used and proved by hand, its token on no command line")
    func fences() throws {
        func text(_ command: ByHandCommand) -> String {
            command.line.parts.map { part in
                switch part {
                case .shell(let text), .value(let text): text
                case .secret(let reference): "‹\(reference)›"
                }
            }.joined()
        }
        func fence(_ node: String, in scope: Scope) throws -> [String] {
            let action = try #require(Catalogue.allActions.first { $0.id == "postgres.fence" })
            return action.byHand(Call("postgres.fence", on: .node(node)), scope).map(text)
        }
        var scope = Self.scope()
        #expect(try fence("west-db", in: scope).count == 3)
        #expect(try fence("west-db", in: scope).last == "BATON_NODE=west-db power off && echo yes")
        for index in scope.topology.nodes.indices {
            scope.topology.nodes[index].access = .none
            scope.topology.nodes[index].dataDirectory = nil
        }
        #expect(try fence("west-db", in: scope) == ["BATON_NODE=west-db power off && echo yes"])
        #expect(
            try fence("spare-db", in: scope) == [
                "printf 'Authorization: Bearer %s\\n' ‹file:/lab/power.token› | curl -sS -X POST -H @- "
                    + "-H 'Content-Type: application/json' -d {} -w ' status %{http_code}\\n' https://power/spare/off"
            ])
        let proof = ByHandLook.commands([Change(FactKey(.node("spare-db"), .fenced), .flag(true))], in: scope)
        #expect(proof.map(\.expect) == ["spare-db is off: status 200 to 299, with off"])
        scope.acceptance = Acceptance()
        let gate = try #require(Catalogue.allGates.first { $0.id == "postgres.single-writer" })
        let check = gate.byHand(Arguments(), .node("west-db"), scope)
        #expect(check.commands.map(text) == ["BATON_NODE=west-db power is-off && echo yes"])
    }

    @Test("A database's name is never a connection string")
    func databases() throws {
        var scope = Self.scope()
        for index in scope.topology.nodes.indices { scope.topology.nodes[index].database = "host=evil it's" }
        let command = try #require(
            Catalogue.allActions.first { $0.id == "postgres.checkpoint" }?
                .byHand(Call("postgres.checkpoint", on: .node("west-db")), scope).first)
        #expect(command.line.parts.contains(.value("dbname='host=evil it\\'s'")))
    }
}
