package import BatonCore

extension TopologyKeys {
    package static let sshControl = KeyTable(
        "`ssh` control", hints: ["key": "identity-file", "identity": "identity-file", "known_hosts": "known-hosts"],
        [
            KeyDeclaration(
                "host", .sshHost, isRequired: true, example: "10.0.0.1", "Where its sshd listens: a name or an address."
            ),
            KeyDeclaration("port", port, otherwise: "22", example: "22", "The sshd's port."),
            KeyDeclaration(
                "user", .account, isRequired: true, example: "postgres",
                "The account that Baton logs in to: the owner of the data directory, or root."),
            KeyDeclaration(
                "identity-file", .path, isRequired: true, example: "west.key",
                "The private key, on Baton's machine; without a passphrase, for nobody is asked."),
            KeyDeclaration(
                "known-hosts", .path, isRequired: true, example: "known_hosts",
                "The host keys that are believed, on Baton's machine; no other is."),
            KeyDeclaration(
                "data-directory", .remotePath, isRequired: true, example: "/var/lib/postgresql/15/main",
                "The server's data directory, on that host; absolute."),
            KeyDeclaration(
                "bin-directory", .remotePath, isRequired: true, example: "/usr/lib/postgresql/15/bin",
                "Where its `pg_ctl` and `pg_rewind` are, on that host; absolute."),
        ])

    package static let nodeFence = KeyTable(
        "`fence`", hints: ["exec": "command", "run": "command", "url": "http", "webhook": "http"],
        exactlyOneOf: [["command", "http"]],
        [
            KeyDeclaration(
                "command", .mapping(commandFence), example: "{ check: […], do: […], verify: […] }",
                "By three programs, which no shell reads; each says yes by status 0."),
            KeyDeclaration(
                "http", .mapping(httpFence), example: "{ check: { url: … }, do: { url: … }, verify: { url: …, … } }",
                "By three requests."),
        ])

    private static let hints = ["test": "check", "off": "do", "fence": "do", "status": "verify", "prove": "verify"]
    private static let check = "Whether the node can be fenced this way, while it runs; changes nothing."
    private static let act = "Switches the node off."
    private static let verify =
        "Whether the node is proved to be off: the only evidence; changes nothing."

    package static let commandFence = KeyTable(
        "`command` of a fence", hints: hints,
        [
            KeyDeclaration(
                "check", .program, isRequired: true, example: "[/usr/local/bin/power, check, west]", check),
            KeyDeclaration("do", .program, isRequired: true, example: "[/usr/local/bin/power, off, west]", act),
            KeyDeclaration(
                "verify", .program, isRequired: true, example: "[/usr/local/bin/power, is-off, west]", verify),
        ])

    package static let httpFence = KeyTable(
        "`http` of a fence", hints: hints,
        [
            KeyDeclaration(
                "check", .mapping(fenceRequest), isRequired: true, example: "{ url: \"https://power.example/west\" }",
                check),
            KeyDeclaration(
                "do", .mapping(fenceRequest), isRequired: true, example: "{ url: \"https://power.example/west/off\" }",
                act),
            KeyDeclaration(
                "verify", .mapping(fenceRequest), isRequired: true,
                example: "{ url: \"https://power.example/west\", expect: { body: '\"power\":\"off\"' } }", verify),
            KeyDeclaration(
                "token", .secret, otherwise: "none", example: "\"file:power.token\"",
                "What is sent as `Authorization: Bearer` with all three."),
        ])

    package static let fenceRequest = KeyTable(
        "a request of a fence",
        [
            KeyDeclaration(
                "url", .either([.url, .secret]), isRequired: true, example: "\"https://power.example/west\"",
                "Where the request goes, or where the URL is kept."),
            KeyDeclaration(
                "method", .word(NodeFence.Request.Method.allCases.map { WordDeclaration($0.rawValue, $0.summary) }),
                otherwise: "`POST` for `do`, `GET` for the others", example: "GET", "The request's method."),
            KeyDeclaration(
                "body", .line, otherwise: "none", example: "'{\"type\":\"power_off\"}'", "What is sent, as JSON."),
            KeyDeclaration(
                "expect", .mapping(fenceAnswer), otherwise: "a status from 200 to 299",
                example: "{ status: 200, body: '\"power\":\"off\"' }", "What answer counts as yes."),
        ])

    package static let fenceAnswer = KeyTable(
        "`expect`",
        [
            KeyDeclaration(
                "status", .count(100...599), otherwise: "200 to 299", example: "200", "The answer's status."),
            KeyDeclaration(
                "body", .line, otherwise: "anything; `verify` must say it", example: "'\"power\":\"off\"'",
                "What the answer must contain; blanks are left out on both sides."),
        ])
}
