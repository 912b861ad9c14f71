import BatonCore

/// Reads a topology's keys.
struct TopologyForm {
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
        guard let fields = Fields(root, TopologyKeys.root, complaints) else { return nil }
        let name = fields.name("name", "The topology's name")
        let sites = fields["sites"].map(readSites) ?? []
        let nodes = read(fields, "nodes", "node", TopologyKeys.node, node)
        let poolers = read(fields, "poolers", "pooler", TopologyKeys.pooler, pooler)
        let routes = read(fields, "routes", "route", TopologyKeys.route, route)
        let notify = read(fields, "notify", "notify target", TopologyKeys.notify, target)
        TopologyRules(complaints: complaints, sites: sites, nodes: nodes, poolers: poolers, routes: routes).check()
        return Topology(
            name: name ?? "", sites: sites, nodes: nodes.map(\.value), poolers: poolers.map(\.value),
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
            _ = Fields(entry.value, "the site \(shown(entry.key))", KeyTable("a site", []), complaints)
        }
        return entries.compactMap { complaints.name($0, "A site's name") }
    }

    /// The entries of `nodes`, `poolers`, `routes` or `notify`, in the file's order.
    private func read<Value>(
        _ fields: Fields, _ key: String, _ noun: String, _ table: KeyTable, _ make: (String, String, Fields) -> Value
    ) -> [Placed<Value>] {
        guard let value = fields[key], let isRequired = fields.table[key]?.isRequired else { return [] }
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
            guard let fields = Fields(entry.value, subject, table, complaints), let name else { return nil }
            return Placed(value: make(name, subject, fields), entry: entry, fields: fields)
        }
    }

    // What stands in for a missing value below is never seen: the complaint about it keeps the topology from loading.

    private func node(_ name: String, _ subject: String, _ fields: Fields) -> Node {
        let form = NodeHostForm(complaints: complaints, values: values)
        let control = fields["control"].map { form.control($0, subject) }
        return Node(
            name: name, site: text(fields, "site"), host: host(fields), port: fields.count("port") ?? 0,
            database: text(fields, "database"), user: text(fields, "user"), password: secret(fields, "password"),
            tls: values.tls(fields["tls"], subject),
            access: control?.access ?? .none, dataDirectory: control?.directory,
            fence: fields["fence"].flatMap { form.fence($0, subject) })
    }

    private func pooler(_ name: String, _ subject: String, _ fields: Fields) -> Pooler {
        Pooler(
            name: name, site: text(fields, "site"), host: host(fields), port: fields.count("port") ?? 0,
            admin: text(fields, "admin"), password: secret(fields, "password"), statsUser: fields.text("stats-user"),
            statsPassword: secret(fields, "stats-password"), databases: databases(fields),
            config: fields["config"].flatMap { values.path($0, "`config` of \(subject)") } ?? "",
            access: fields["control"].map { poolerControl($0, subject) } ?? .none,
            tls: values.tls(fields["tls"], subject))
    }

    private func route(_ name: String, _ subject: String, _ fields: Fields) -> Route {
        Route(
            name: name, through: text(fields, "through"), database: text(fields, "database"),
            user: text(fields, "user"), password: secret(fields, "password"),
            canary: fields["canary"].flatMap { canary($0, subject) })
    }

    private func text(_ fields: Fields, _ key: String) -> String { fields.text(key) ?? "" }

    private func host(_ fields: Fields) -> String {
        fields["host"].flatMap { values.host($0, "`host` of \(fields.subject)") } ?? ""
    }

    private func secret(_ fields: Fields, _ key: String) -> SecretReference? {
        fields[key].flatMap { values.secret($0, "`\(key)` of \(fields.subject)") }
    }

    private func databases(_ fields: Fields) -> [String] {
        guard let value = fields["databases"] else { return [] }
        guard case .sequence(let list) = value.content, !list.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "`databases` of \(fields.subject) is a list of at least one entry of `[databases]`; this is \(value.kind).",
                remedy: "Write `databases: [app]`.")
            return []
        }
        var names: [String] = []
        for value in list {
            guard let name = values.database(value, "A database of \(fields.subject)") else { continue }
            if names.contains(name) {
                complaints.error(
                    .duplicateName, at: value.position, "The database \(shown(name)) stands twice.",
                    remedy: "Keep one of them.")
            }
            names.append(name)
        }
        return names
    }

    private func canary(_ value: YAMLValue, _ subject: String) -> Route.Canary? {
        guard let fields = Fields(value, "`canary` of \(subject)", TopologyKeys.canary, complaints) else { return nil }
        let table = fields["table"].flatMap { values.table($0, "`table` of \(subject)'s canary") }
        guard let every = fields.span("every", "`every` of \(subject)'s canary"), let table else { return nil }
        return Route.Canary(table: table, every: every)
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
