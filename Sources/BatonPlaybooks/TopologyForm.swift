import BatonCore

/// Reads a topology's keys.
struct TopologyForm {
    static let keys = ["baton", "name", "sites", "nodes", "poolers", "routes", "notify"]
    static let nodeKeys = ["site", "host", "port", "database", "user", "password", "tls", "control"]
    static let poolerKeys = [
        "site", "host", "port", "admin", "password", "stats-user", "stats-password", "databases", "config", "control",
        "tls",
    ]
    static let routeKeys = ["through", "database", "user", "password", "canary"]

    let complaints: Complaints
    let values: TopologyValues

    init(complaints: Complaints, paths: FilePaths) {
        self.complaints = complaints
        values = TopologyValues(complaints: complaints, paths: paths)
    }

    /// A thing of the topology and the mapping it was read from.
    struct Placed<Value> {
        var value: Value
        var entry: YAMLEntry
        var fields: Fields
    }

    func read(_ root: YAMLValue) -> Topology? {
        let hints = [
            "servers": "nodes", "databases": "nodes", "pools": "poolers", "locations": "sites",
            "notifications": "notify",
        ]
        guard let fields = Fields(root, "the topology", keys: TopologyForm.keys, hints: hints, complaints) else {
            return nil
        }
        _ = fields.required("baton", example: "topology/v1")
        let name = fields.required("name", example: "production").flatMap { complaints.name($0, "The topology's name") }
        let sites = fields.required("sites", example: "{ west: {}, east: {} }").map(readSites) ?? []
        let nodes = fields.required("nodes", example: "{ west-db: { site: west, … } }").map {
            read($0, "nodes", "node", keys: TopologyForm.nodeKeys, isRequired: true, node)
        }
        let poolers =
            fields["poolers"].map { read($0, "poolers", "pooler", keys: TopologyForm.poolerKeys, pooler) } ?? []
        let routes = fields["routes"].map { read($0, "routes", "route", keys: TopologyForm.routeKeys, route) } ?? []
        let notify =
            fields["notify"].map {
                read($0, "notify", "notify target", keys: NotifyForm.keys, hints: NotifyForm.hints, target)
            }
            ?? []
        TopologyRules(complaints: complaints, sites: sites, nodes: nodes ?? [], poolers: poolers, routes: routes)
            .check()
        return Topology(
            name: name ?? "", sites: sites, nodes: (nodes ?? []).map(\.value), poolers: poolers.map(\.value),
            routes: routes.map(\.value), notify: notify.compactMap(\.value))
    }

    private func target(_ name: String, _ subject: String, _ fields: Fields) -> NotifyTarget? {
        NotifyForm(complaints: complaints, values: values).read(name, subject, fields)
    }

    private func readSites(_ value: YAMLValue) -> [String] {
        guard case .mapping(let entries) = value.content, !entries.isEmpty else {
            complaints.error(
                .wrongType, at: value.position, "`sites` is a mapping of at least one name; this is \(value.kind).",
                remedy: "Write `sites: { west: {}, east: {} }`.")
            return []
        }
        for entry in entries where !entry.value.isNull {
            _ = Fields(entry.value, "the site \(shown(entry.key))", keys: [], complaints)
        }
        return entries.compactMap { complaints.name($0, "A site's name") }
    }

    /// The entries of `nodes`, `poolers`, `routes` or `notify`, in the file's order.
    private func read<Value>(
        _ value: YAMLValue, _ key: String, _ noun: String, keys: [String], hints: [String: String] = [:],
        isRequired: Bool = false, _ make: (String, String, Fields) -> Value
    ) -> [Placed<Value>] {
        if value.isNull, !isRequired { return [] }
        guard case .mapping(let entries) = value.content, !(isRequired && entries.isEmpty) else {
            complaints.error(
                .wrongType, at: value.position,
                "`\(key)` is a mapping\(isRequired ? " of at least one name" : " of names") to what they are; this is "
                    + "\(value.kind).",
                remedy: "Write each \(noun) as `name: { … }` below it.")
            return []
        }
        return entries.compactMap { entry in
            let subject = "the \(noun) \(shown(entry.key))"
            let name = complaints.name(entry, "A \(noun)'s name")
            guard let fields = Fields(entry.value, subject, keys: keys, hints: hints, complaints), let name else {
                return nil
            }
            return Placed(value: make(name, subject, fields), entry: entry, fields: fields)
        }
    }

    // What stands in for a missing value below is never seen: the complaint about it keeps the topology from loading.

    private func node(_ name: String, _ subject: String, _ fields: Fields) -> Node {
        let control = fields["control"].map { nodeControl($0, subject) }
        return Node(
            name: name, site: text(fields, "site", example: "west"),
            host: fields.required("host", example: "10.0.0.1").flatMap { values.host($0, "`host` of \(subject)") }
                ?? "",
            port: fields.required("port", example: "5432").flatMap { values.port($0, "`port` of \(subject)") } ?? 0,
            database: text(fields, "database", example: "app"), user: text(fields, "user", example: "baton"),
            password: secret(fields, "password"), tls: values.tls(fields["tls"], subject),
            access: control?.access ?? .none, dataDirectory: control?.directory)
    }

    private func pooler(_ name: String, _ subject: String, _ fields: Fields) -> Pooler {
        Pooler(
            name: name, site: text(fields, "site", example: "west"),
            host: fields.required("host", example: "10.0.0.1").flatMap { values.host($0, "`host` of \(subject)") }
                ?? "",
            port: fields.required("port", example: "6432").flatMap { values.port($0, "`port` of \(subject)") } ?? 0,
            admin: text(fields, "admin", example: "baton_admin"), password: secret(fields, "password"),
            statsUser: fields["stats-user"].flatMap { complaints.text($0, "`stats-user` of \(subject)") },
            statsPassword: secret(fields, "stats-password"), databases: databases(fields),
            config: fields.required("config", example: "/etc/pgbouncer/pgbouncer.ini").flatMap {
                values.path($0, "`config` of \(subject)")
            } ?? "",
            access: fields["control"].map { poolerControl($0, subject) } ?? .none,
            tls: values.tls(fields["tls"], subject))
    }

    private func route(_ name: String, _ subject: String, _ fields: Fields) -> Route {
        Route(
            name: name, through: text(fields, "through", example: "pool"),
            database: text(fields, "database", example: "app"), user: text(fields, "user", example: "app"),
            password: secret(fields, "password"), canary: fields["canary"].flatMap { canary($0, subject) })
    }

    private func text(_ fields: Fields, _ key: String, example: String) -> String {
        fields.required(key, example: example).flatMap { complaints.text($0, "`\(key)` of \(fields.subject)") } ?? ""
    }

    private func secret(_ fields: Fields, _ key: String) -> SecretReference? {
        fields[key].flatMap { values.secret($0, "`\(key)` of \(fields.subject)") }
    }

    private func databases(_ fields: Fields) -> [String] {
        guard let value = fields.required("databases", example: "[app]") else { return [] }
        guard case .sequence(let list) = value.content, !list.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "`databases` of \(fields.subject) is a list of at least one entry of `[databases]`; this is \(value.kind).",
                remedy: "Write `databases: [app]`.")
            return []
        }
        var names: [String] = []
        for value in list {
            guard let name = complaints.text(value, "A database of \(fields.subject)") else { continue }
            if name == "*" || name == "pgbouncer" {
                complaints.error(
                    .wildcardDatabase, at: value.position,
                    name == "*"
                        ? "A `*` entry cannot be paused as a whole, so clients could slip through the freeze."
                        : "`pgbouncer` is the pooler's own console, which leads to no server.",
                    remedy: "Name each entry of `[databases]` that leads to this cluster.")
            } else if names.contains(name) {
                complaints.error(
                    .duplicateName, at: value.position, "The database \(shown(name)) stands twice.",
                    remedy: "Keep one of them.")
            }
            names.append(name)
        }
        return names
    }

    private func canary(_ value: YAMLValue, _ subject: String) -> Route.Canary? {
        guard let fields = Fields(value, "`canary` of \(subject)", keys: ["table", "every"], complaints) else {
            return nil
        }
        let table = fields.required("table", example: "baton_canary").flatMap {
            values.table($0, "`table` of \(subject)'s canary")
        }
        let every = fields.required("every", example: "10ms").flatMap { value -> TimeSpan? in
            let what = "`every` of \(subject)'s canary"
            guard let span = complaints.span(value, what) else { return nil }
            guard span >= .milliseconds(1), span <= .seconds(10) else {
                complaints.error(
                    .outOfRange, at: value.position,
                    "\(what) is \(span): faster would load the database, slower would measure nothing.",
                    remedy: "Write `1ms` to `10s`, such as `10ms`.")
                return nil
            }
            return span
        }
        guard let table, let every else { return nil }
        return Route.Canary(table: table, every: every)
    }

    // MARK: Control

    private func nodeControl(_ value: YAMLValue, _ subject: String) -> (
        access: HostAccess, directory: Node.DataDirectory?
    ) {
        if case .scalar("none", _) = value.content { return (.none, nil) }
        let form = "{ local: { data-directory: …, bin-directory: … } }"
        guard case .mapping = value.content else {
            complaints.error(
                .badControl, at: value.position,
                "`control` of \(subject) says how Baton stops and starts the server; for that it needs directories.",
                remedy: "Write `control: \(form)` or `control: none`.")
            return (.none, nil)
        }
        guard let fields = Fields(value, "`control` of \(subject)", keys: ["local"], complaints),
            let local = fields.required("local", example: "{ data-directory: …, bin-directory: … }"),
            let inner = Fields(
                local, "`local` control of \(subject)", keys: ["data-directory", "bin-directory"], complaints)
        else { return (.none, nil) }
        let data = inner.required("data-directory", example: "/var/lib/postgresql/15/main").flatMap {
            values.path($0, "`data-directory` of \(subject)")
        }
        let programs = inner.required("bin-directory", example: "/usr/lib/postgresql/15/bin").flatMap {
            values.path($0, "`bin-directory` of \(subject)")
        }
        guard let data, let programs else { return (.local, nil) }
        return (.local, Node.DataDirectory(path: data, binDirectory: programs))
    }

    private func poolerControl(_ value: YAMLValue, _ subject: String) -> HostAccess {
        if case .scalar("local", _) = value.content { return .local }
        if case .scalar("none", _) = value.content { return .none }
        complaints.error(
            .badControl, at: value.position, "`control` of \(subject) is one word: this machine, or no access.",
            remedy: "Write `control: local` or `control: none`.")
        return .none
    }
}
