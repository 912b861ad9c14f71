package import BatonCore

/// The topology that stands for every one when a playbook is tried without: two sites, a primary, its standby elsewhere, a
/// second standby there, a pooler at each site.
package enum SimulatedTopology {
    package static let threeNodes = topology(nodes: [("west-db", "west"), ("east-db", "east"), ("east-db2", "east")])

    /// Its smallest and a larger relative, for emergencies: the only standby, and a standby at the site that is lost.
    static let twoNodes = topology(nodes: [("west-db", "west"), ("east-db", "east")])
    static let fourNodes = topology(nodes: [
        ("west-db", "west"), ("west-db2", "west"), ("east-db", "east"), ("east-db2", "east"),
    ])

    /// Where the primary role goes there; `threeNodes` begins with it at the other site.
    package static let toSite = "east"

    private static func topology(nodes: [(name: String, site: String)]) -> Topology {
        Topology(
            name: "simulated", sites: ["west", "east"],
            nodes: nodes.map { name, site in
                Node(
                    name: name, site: site, host: "\(name).invalid", port: 5_432, database: "app", user: "baton",
                    access: .local,
                    dataDirectory: Node.DataDirectory(path: "/srv/\(name)", binDirectory: "/usr/bin"))
            },
            poolers: ["west", "east"].map { site in
                Pooler(
                    name: "\(site)-pool", site: site, host: "\(site)-pool.invalid", port: 6_432, admin: "baton_admin",
                    databases: ["app"], config: "/etc/pgbouncer/pgbouncer.ini", access: .local)
            },
            routes: ["west", "east"].map { site in
                Route(
                    name: "\(site)-app", through: "\(site)-pool", database: "app", user: "app",
                    canary: Route.Canary(table: "baton_canary", every: .milliseconds(10)))
            })
    }
}
