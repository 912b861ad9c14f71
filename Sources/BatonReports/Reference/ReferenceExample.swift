import BatonCore

/// The small topology on which actions are shown: its names are those of the roles.
enum ReferenceExample {
    static let scope = Scope(
        topology: Topology(
            name: "example", sites: ["here", "there"],
            nodes: [node("old", "here"), node("new", "there"), node("other", "there")],
            poolers: [
                Pooler(
                    name: "pooler", site: "here", host: "pooler.example", port: 6_432, admin: "baton_admin",
                    databases: ["app"], config: "/etc/pgbouncer/pgbouncer.ini", access: .local)
            ],
            routes: [
                Route(
                    name: "route", through: "pooler", database: "app", user: "app",
                    canary: Route.Canary(table: "baton_canary", every: .milliseconds(10)))
            ]),
        binding: Binding(old: "old", new: "new"))

    private static func node(_ name: String, _ site: String) -> Node {
        Node(
            name: name, site: site, host: "\(name).example", port: 5_432, database: "app", user: "baton",
            access: .local,
            dataDirectory: Node.DataDirectory(
                path: "/var/lib/postgresql/15/main", binDirectory: "/usr/lib/postgresql/15/bin"))
    }

    static func target(_ role: Role) -> Target? { scope.targets(of: role).first }
}
