import BatonCore
import BatonEngine

extension ObservationError {
    /// What a person needs when a node does not answer.
    init(_ error: PostgresError, node: Node) {
        let dsn = "-h \(node.host) -p \(node.port)"
        let psql = "psql \(dsn) -U \(node.user) -d \(node.database)"
        self.init(error, server: node.name, user: node.user, password: node.password, test: psql) {
            switch error.sqlState {
            case "42501": "On the primary, grant role \(node.user) the right that the message names"
            default: "Is it running, and is this its address? pg_isready \(dsn)"
            }
        }
    }

    /// What a person needs when a pooler's console does not answer.
    init(_ error: PostgresError, pooler: Pooler, user: String) {
        let psql = "psql -h \(pooler.host) -p \(pooler.port) -U \(user) -d pgbouncer"
        let password = user == pooler.admin ? pooler.password : pooler.statsPassword
        self.init(error, server: pooler.name, user: user, password: password, test: psql) {
            "Is PgBouncer running there, and is \(user) in its admin_users or stats_users? \(psql)"
        }
    }

    /// What a person needs when a client's session along a route fails.
    init(_ error: PostgresError, route: Route, pooler: Pooler) {
        let psql = "psql -h \(pooler.host) -p \(pooler.port) -U \(route.user) -d \(route.database)"
        self.init(error, server: "route \(route.name)", user: route.user, password: route.password, test: psql) {
            "Try it as its clients do: \(psql)"
        }
    }

    /// What a person needs when a host does not answer.
    init(_ error: HostError, host node: Node) {
        let remedy: String
        if case .ssh(let control) = node.access {
            remedy =
                "Log in to \(control.host) as \(control.user) by hand, and check the control of \(node.name) in the topology"
        } else {
            remedy = "Run Baton as root or as the owner of the files, and check their paths in the topology"
        }
        self.init("the host of \(node.name): \(error)", remedy: remedy)
    }

    private init(
        _ error: PostgresError, server: String, user: String, password: SecretReference?, test: String,
        otherwise: () -> String
    ) {
        switch error.kind {
        case .authentication where error.message.contains("28000") || error.message.contains("pg_hba.conf"):
            self.init(
                "\(server) does not let \(user) in: \(error)",
                remedy: "Give \(user) a line in its pg_hba.conf, then SELECT pg_reload_conf();")
        case .authentication:
            let place = password.map { "at \($0)" } ?? "(the topology names none)"
            self.init(
                "\(server) refused the password of \(user) \(place): \(error)",
                remedy: "Correct it \(place), or set it anew on the primary: ALTER ROLE \(user) PASSWORD …; "
                    + "then try: \(test)")
        case .deadline:
            self.init("\(server) did not answer in time: \(error)", remedy: otherwise())
        case .cancelled: self.init("\(server): \(error)")
        case .unreachable, .closed: self.init("\(server) cannot be reached: \(error)", remedy: otherwise())
        case .invalidRequest: self.init("\(server): \(error)", remedy: "Correct the topology")
        case .server, .unexpectedAnswer: self.init("\(server): \(error)", remedy: otherwise())
        }
    }
}
