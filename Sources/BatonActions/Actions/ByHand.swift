import BatonCore

// The commands that a person types. Every value of the topology is interpolated, so that none becomes shell; a password is
// read where it is kept when the command runs, and stands on no command line.

/// `psql` as the node's own role, by the node's address.
///
/// - Parameter output: what it prints when all is well; the command then prints nothing but values.
func psql(
    _ target: Target, in scope: Scope, _ statement: String, expect: String, output: String? = nil
) -> ByHandCommand {
    guard let node = scope.topology.node(target.name) else { return unknown(target, expect: expect) }
    let form: ShellLine = output == nil ? "psql -X" : "psql -XAt"
    return ByHandCommand(
        at: "any host that reaches \(node.name)", "\(session(node, form)) -c \(statement)", expect: expect,
        output: output)
}

/// The same for a statement that itself holds what a command prints: it stands in double quotes, and is a literal here.
func psql(
    _ node: Node, at place: String, printing statement: ShellLine, expect: String, output: String
) -> ByHandCommand {
    ByHandCommand(
        at: place, "\(session(node, "psql -XAt")) -c \"\(statement)\"", expect: expect, output: output)
}

/// `psql` and its options for a session with the node.
func session(_ node: Node, _ form: ShellLine) -> ShellLine {
    "\(credentials(node.password, node.tls))\(form) -h \(node.host) -p \(node.port) -U \(node.user) -d \(databaseWord(node.database))"
}

/// The pooler's console as its administrator.
func console(
    _ target: Target, in scope: Scope, _ statement: String, filter: ShellLine = "", expect: String
) -> ByHandCommand {
    guard let pooler = scope.topology.pooler(target.name) else { return unknown(target, expect: expect) }
    let access = credentials(pooler.password, pooler.tls)
    let form: ShellLine = filter == "" ? "psql -X" : "psql -XAt"
    return ByHandCommand(
        at: "any host that reaches \(pooler.name)",
        "\(access)\(form) -h \(pooler.host) -p \(pooler.port) -U \(pooler.admin) -d pgbouncer -c \(statement)\(filter)",
        expect: expect)
}

/// A session along a route, as one of its clients.
func client(
    _ target: Target, in scope: Scope, _ statement: String, expect: String, output: String
) -> ByHandCommand {
    guard let route = scope.topology.route(target.name), let pooler = scope.topology.pooler(route.through) else {
        return unknown(target, expect: expect)
    }
    let access = credentials(route.password, pooler.tls)
    let session: ShellLine =
        "psql -XAtq -h \(pooler.host) -p \(pooler.port) -U \(route.user) -d \(databaseWord(route.database))"
    return ByHandCommand(
        at: "any host that reaches \(pooler.name)", "\(access)\(session) -c \(statement)", expect: expect,
        output: output)
}

/// `pg_ctl` or `pg_controldata` on the node's host, as the owner of the data directory. Nil where the topology does not
/// know the directory.
func program(
    _ name: String, of target: Target, in scope: Scope, _ rest: ShellLine, expect: String, output: String? = nil
) -> ByHandCommand? {
    guard let directory = scope.topology.node(target.name)?.dataDirectory else { return nil }
    let path = "\(directory.binDirectory)/\(name)"
    return ByHandCommand(
        at: host(of: target), "LC_ALL=C \(path) -D \(directory.path)\(rest)", expect: expect, output: output)
}

/// A line of `pg_controldata`, by what it begins with.
func controlData(
    _ key: String, of target: Target, in scope: Scope, expect: String, output: String? = nil
) -> [ByHandCommand] {
    let pattern = "s/^\(key): *//p"
    return [
        program("pg_controldata", of: target, in: scope, " | sed -n \(pattern)", expect: expect, output: output)
    ].compactMap(\.self)
}

/// A command on the node's host, as the owner of its data directory.
func onHost(of target: Target, _ line: ShellLine, expect: String, output: String? = nil) -> ByHandCommand {
    ByHandCommand(at: host(of: target), line, expect: expect, output: output)
}

func host(of target: Target) -> String { "host of \(target), as the owner of its data directory" }

/// A file in the node's data directory.
func file(_ name: String, of target: Target, in scope: Scope) -> String {
    "\(scope.topology.node(target.name)?.dataDirectory?.path ?? "DATA-DIRECTORY")/\(name)"
}

/// Starts the server, with its log in the directory, where its owner may always write. A directory without a
/// `postgresql.conf` (Debian keeps it in /etc/postgresql) needs the options of its last start, which the server left there.
func start(_ target: Target, in scope: Scope) -> [ByHandCommand] {
    guard scope.topology.node(target.name)?.dataDirectory != nil else { return [] }
    let (log, last) = (file("by-hand.log", of: target, in: scope), file("postmaster.opts", of: target, in: scope))
    let options: ShellLine = "\"$(sed 's/^[^\"]*\"-D\" \"[^\"]*\"//' \(last))\""
    return [
        program("pg_ctl", of: target, in: scope, " -l \(log) -o \(options) -w start", expect: "server started")
    ].compactMap(\.self)
}

/// A text as SQL wants it in single quotes.
func sqlLiteral(_ text: String) -> String { "'" + doubled(text, "'") + "'" }

/// The text with every one of these characters twice.
func doubled(_ text: String, _ character: Character) -> String {
    String(text.flatMap { $0 == character ? [$0, $0] : [$0] })
}

/// What stands before `psql`, for itself alone.
private func credentials(_ password: SecretReference?, _ tls: TLSSettings) -> ShellLine {
    var line: ShellLine = ""
    if let password { line = "PGPASSWORD=\(secret: password) " }
    // Libpq's own default needs no word.
    if tls.mode != .prefer { line = line + "PGSSLMODE=\(tls.mode.rawValue) " }
    if let certificate = tls.rootCertificate { line = line + "PGSSLROOTCERT=\(certificate) " }
    return line
}

/// A database's name as psql's `-d` takes it: one with `=` or `://` would be read as a connection string.
private func databaseWord(_ name: String) -> String {
    guard name.contains("=") || name.contains("://") else { return name }
    let escaped = name.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
    return "dbname='\(String(escaped))'"
}

private func unknown(_ target: Target, expect: String) -> ByHandCommand {
    ByHandCommand(at: target.name, [], expect: expect)
}
