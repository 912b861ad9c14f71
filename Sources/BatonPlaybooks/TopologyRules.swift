import BatonCore

/// What must hold between the things of a topology.
struct TopologyRules {
    let complaints: Complaints
    let sites: [String]
    let nodes: [TopologyForm.Placed<Node>]
    let poolers: [TopologyForm.Placed<Pooler>]
    let routes: [TopologyForm.Placed<Route>]

    func check() {
        checkSites()
        checkNames()
        checkAddresses()
        checkPaths()
        checkRoutes()
    }

    private func checkSites() {
        func check(_ site: String, _ fields: Fields) {
            guard !site.isEmpty, !sites.contains(site), let value = fields["site"] else { return }
            complaints.error(
                .unknownSite, at: value.position,
                "\(fields.subject.atStart) lies in the site \(shown(site)), which `sites` lacks.",
                remedy: nearest(site, among: sites).map { "Did you mean `\($0)`?" } ?? "Add it to `sites`.")
        }
        for node in nodes { check(node.value.site, node.fields) }
        for pooler in poolers { check(pooler.value.site, pooler.fields) }
    }

    /// Names are unique across kinds, because commands and reports give the name alone. (Within a kind a second one is a
    /// duplicate key.)
    private func checkNames() {
        var seen: [String: String] = [:]
        let named =
            nodes.map { ("node", $0.value.name, $0.entry) } + poolers.map { ("pooler", $0.value.name, $0.entry) }
            + routes.map { ("route", $0.value.name, $0.entry) }
        for (kind, name, entry) in named {
            if let other = seen[name] {
                complaints.error(
                    .duplicateName, at: entry.position,
                    "A \(other) is called \(shown(name)) too; reports give names alone.",
                    remedy: "Rename the \(kind) or the \(other).")
            }
            seen[name] = seen[name] ?? kind
        }
        var slots: [String: String] = [:]
        for node in nodes {
            let slot = node.value.slotName
            if let other = slots[slot] {
                complaints.error(
                    .duplicateSlot, at: node.entry.position,
                    "The names \(shown(other)) and \(shown(node.value.name)) give the same replication slot name, "
                        + "`\(slot)`.",
                    remedy: "Rename one so that they differ in more than punctuation and case.")
            }
            slots[slot] = slots[slot] ?? node.value.name
        }
    }

    private func checkAddresses() {
        var seen: [String: String] = [:]
        func check(_ host: String, _ port: Int, _ fields: Fields) {
            guard !host.isEmpty, port > 0 else { return }
            let address = "\(host.lowercased()):\(port)"
            if let other = seen[address] {
                let position = (fields["port"] ?? fields["host"])?.position ?? fields.position
                complaints.error(
                    .duplicateAddress, at: position,
                    "\(fields.subject.atStart) has the address of \(other): one server cannot be both.",
                    remedy: "Correct `host` or `port` of one of them.")
            }
            seen[address] = seen[address] ?? fields.subject
        }
        for node in nodes { check(node.value.host, node.value.port, node.fields) }
        for pooler in poolers { check(pooler.value.host, pooler.value.port, pooler.fields) }
    }

    /// Equal paths on one machine are one directory or file.
    private func checkPaths() {
        var seen: [String: String] = [:]
        func check(_ machine: String, _ path: String, _ noun: String, _ fields: Fields, at position: Position) {
            let path = machine + FilePaths.comparable(path)
            if let other = seen[path] {
                complaints.error(
                    .duplicatePath, at: position, "\(fields.subject.atStart) has the \(noun) of \(other).",
                    remedy: "Give each its own.")
            }
            seen[path] = seen[path] ?? fields.subject
        }
        for node in nodes {
            guard let directory = node.value.dataDirectory, let control = node.fields["control"] else { continue }
            // A line break stands in no host's name.
            var machine = ""
            if case .ssh(let control) = node.value.access { machine = "\(control.host):\(control.port)\n" }
            check(machine, directory.path, "data directory", node.fields, at: control.position)
        }
        for pooler in poolers where pooler.value.access == .local && !pooler.value.config.isEmpty {
            guard let config = pooler.fields["config"] else { continue }
            check("", pooler.value.config, "configuration file", pooler.fields, at: config.position)
        }
    }

    private func checkRoutes() {
        for route in routes {
            guard !route.value.through.isEmpty, let through = route.fields["through"] else { continue }
            guard let pooler = poolers.first(where: { $0.value.name == route.value.through }) else {
                complaints.error(
                    .unknownPooler, at: through.position,
                    "\(route.fields.subject.atStart) leads through \(shown(route.value.through)), and there is no such pooler.",
                    remedy: nearest(route.value.through, among: poolers.map(\.value.name)).map {
                        "Did you mean `\($0)`?"
                    }
                        ?? "Add it to `poolers`, or name one that is there.")
                continue
            }
            let databases = pooler.value.databases
            guard !route.value.database.isEmpty, !databases.isEmpty, let database = route.fields["database"],
                !databases.contains(route.value.database)
            else { continue }
            complaints.error(
                .unknownDatabase, at: database.position,
                "\(route.fields.subject.atStart) uses the database \(shown(route.value.database)), which is not one of the pooler "
                    + "`\(pooler.value.name)`: its clients would not be paused.",
                remedy: "Write \(alternatives(databases)), or add it to the pooler's `databases`.")
        }
    }
}
