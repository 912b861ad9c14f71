import BatonCore

/// `psql` as the node's own role, by the node's address. The password comes from psql's usual sources, never from the
/// command line.
func psql(_ target: Target, in scope: Scope, _ statement: String, expect: String) -> ByHandCommand {
    guard let node = scope.topology.node(target.name) else {
        return ByHandCommand(at: target.name, [], expect: expect)
    }
    return ByHandCommand(
        at: "any host that reaches \(node.name)",
        [
            "psql", "-X", "-h", node.host, "-p", "\(node.port)", "-U", node.user, "-d", node.database, "-c", statement,
        ], expect: expect)
}

/// The pooler's console as its administrator.
func console(_ target: Target, in scope: Scope, _ statement: String, expect: String) -> ByHandCommand {
    guard let pooler = scope.topology.pooler(target.name) else {
        return ByHandCommand(at: target.name, [], expect: expect)
    }
    return ByHandCommand(
        at: "any host that reaches \(pooler.name)",
        [
            "psql", "-X", "-h", pooler.host, "-p", "\(pooler.port)", "-U", pooler.admin, "-d", "pgbouncer", "-c",
            statement,
        ], expect: expect)
}

/// `pg_ctl` on the node's host, as the owner of the data directory.
func pgCtl(_ target: Target, in scope: Scope, _ words: [String], expect: String) -> ByHandCommand {
    guard let node = scope.topology.node(target.name), let directory = node.dataDirectory else {
        return ByHandCommand(at: target.name, ["pg_ctl"] + words, expect: expect)
    }
    return ByHandCommand(
        at: "host of \(node.name), as the owner of \(directory.path)",
        ["\(directory.binDirectory)/pg_ctl", "-D", directory.path] + words, expect: expect)
}

/// A file in the node's data directory.
func file(_ name: String, of target: Target, in scope: Scope) -> String {
    "\(scope.topology.node(target.name)?.dataDirectory?.path ?? "DATA-DIRECTORY")/\(name)"
}
