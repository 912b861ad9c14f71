import BatonCore

/// The topology file that describes the lab to Baton (architecture: topology/v1). Relative paths are relative to it.
enum LabTopology {
    static func text(_ manifest: LabManifest) -> String {
        var names: [String] = []
        for node in manifest.nodes where !names.contains(node.site) { names.append(node.site) }
        let sites = names.map { "\($0): {}" }.joined(separator: ", ")
        var lines = [
            "# The lab that `baton lab up` made. It is written anew by the next one.",
            "baton: topology/v1", "name: lab", "sites: { \(sites) }", "nodes:",
        ]
        for node in manifest.nodes {
            lines += [
                "  \(node.name):",
                "    site: \(node.site)",
                "    host: 127.0.0.1",
                "    port: \(node.port)",
                "    database: \(LabNames.database)",
                "    user: \(LabNames.operatorRole)",
                "    password: \"file:\(node.stem).pw\"",
                "    control:",
                "      local:",
                "        data-directory: pg/\(node.stem)",
                "        bin-directory: \(manifest.binDirectory)",
            ]
        }
        lines.append("poolers:")
        for pooler in manifest.poolers {
            lines += [
                "  \(pooler.name):",
                "    site: \(pooler.site)",
                "    host: 127.0.0.1",
                "    port: \(pooler.port)",
                "    admin: \(LabNames.poolerAdmin)",
                "    password: \"file:pool.pw\"",
                "    stats-user: \(LabNames.poolerStats)",
                "    stats-password: \"file:stats.pw\"",
                "    databases: [\(LabNames.database)]",
                "    config: pgbouncer/pgbouncer.ini",
                "    control: local",
            ]
        }
        lines += [
            "routes:",
            "  app:",
            "    through: \(manifest.poolers.first?.name ?? "pool")",
            "    database: \(LabNames.database)",
            "    user: \(LabNames.client)",
            "    password: \"file:app.pw\"",
            "    canary: { table: \(LabNames.canaryTable), every: 10ms }",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
