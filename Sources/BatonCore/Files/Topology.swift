/// What a team has: sites, PostgreSQL nodes, poolers, the routes by which clients arrive, and whom a run tells. Order is
/// the file's order, and it is the order of candidates.
package struct Topology: Hashable, Codable, Sendable {
    package var name: String
    package var sites: [String]
    package var nodes: [Node]
    package var poolers: [Pooler]
    package var routes: [Route]
    package var notify: [NotifyTarget]

    package init(
        name: String, sites: [String], nodes: [Node], poolers: [Pooler] = [], routes: [Route] = [],
        notify: [NotifyTarget] = []
    ) {
        self.name = name
        self.sites = sites
        self.nodes = nodes
        self.poolers = poolers
        self.routes = routes
        self.notify = notify
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        sites = try container.decode([String].self, forKey: .sites)
        nodes = try container.decode([Node].self, forKey: .nodes)
        poolers = try container.decode([Pooler].self, forKey: .poolers)
        routes = try container.decode([Route].self, forKey: .routes)
        // A plan that was stored before there were notices has no such key.
        notify = try container.decodeIfPresent([NotifyTarget].self, forKey: .notify) ?? []
    }

    package func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
    package func pooler(_ name: String) -> Pooler? { poolers.first { $0.name == name } }
    package func route(_ name: String) -> Route? { routes.first { $0.name == name } }
}

/// How a connection is protected, in libpq's words (`sslmode`).
package struct TLSSettings: Hashable, Codable, Sendable {
    package enum Mode: String, Hashable, Codable, Sendable, CaseIterable {
        case disable, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"

        /// What the connection is protected from, as a sentence.
        package var summary: String {
            switch self {
            case .disable: "No TLS."
            case .prefer: "TLS where the server offers it."
            case .require: "TLS, whoever the server is."
            case .verifyCA: "TLS, with a certificate of a known authority."
            case .verifyFull: "TLS, with a certificate of a known authority for this very host."
            }
        }
    }

    package var mode: Mode
    /// Certificate authority file; an absolute path once loaded.
    package var rootCertificate: String?

    package init(mode: Mode, rootCertificate: String? = nil) {
        self.mode = mode
        self.rootCertificate = rootCertificate
    }
}

/// How Baton controls the host of a node or a pooler.
package enum HostAccess: Hashable, Codable, Sendable {
    /// The same machine as Baton.
    case local
    /// Another machine, by OpenSSH.
    case ssh(SSHControl)
    /// Not at all: Baton may ask the server, but cannot stop it or edit its files.
    case none
}

/// One PostgreSQL server.
package struct Node: Hashable, Codable, Sendable {
    /// The data directory and the programs that belong to it, on the node's host. Absolute paths once loaded.
    package struct DataDirectory: Hashable, Codable, Sendable {
        package var path: String
        package var binDirectory: String

        package init(path: String, binDirectory: String) {
            self.path = path
            self.binDirectory = binDirectory
        }
    }

    package var name: String
    package var site: String
    package var host: String
    package var port: Int
    package var database: String
    /// The role that Baton connects as, and that a standby replicates as.
    package var user: String
    package var password: SecretReference?
    package var tls: TLSSettings
    package var access: HostAccess
    package var dataDirectory: DataDirectory?
    /// How it is fenced where its host is not controlled or does not answer.
    package var fence: NodeFence?

    package init(
        name: String, site: String, host: String, port: Int, database: String, user: String,
        password: SecretReference? = nil, tls: TLSSettings = TLSSettings(mode: .prefer), access: HostAccess = .none,
        dataDirectory: DataDirectory? = nil, fence: NodeFence? = nil
    ) {
        self.name = name
        self.site = site
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.tls = tls
        self.access = access
        self.dataDirectory = dataDirectory
        self.fence = fence
    }

    /// The node's name as a replication slot's name: lower case, digits and underscores (PostgreSQL's rule).
    package var slotName: String {
        String(name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}

/// One PgBouncer process.
package struct Pooler: Hashable, Codable, Sendable {
    package var name: String
    package var site: String
    package var host: String
    package var port: Int
    /// A member of `admin_users`: pauses, reloads, resumes.
    package var admin: String
    package var password: SecretReference?
    /// A member of `stats_users`: what a preflight connects as. The administrator when absent.
    package var statsUser: String?
    package var statsPassword: SecretReference?
    /// The entries of `[databases]` that lead to this cluster.
    package var databases: [String]
    /// The configuration file on the pooler's host; an absolute path once loaded.
    package var config: String
    package var access: HostAccess
    package var tls: TLSSettings

    package init(
        name: String, site: String, host: String, port: Int, admin: String, password: SecretReference? = nil,
        statsUser: String? = nil, statsPassword: SecretReference? = nil, databases: [String], config: String,
        access: HostAccess = .none, tls: TLSSettings = TLSSettings(mode: .prefer)
    ) {
        self.name = name
        self.site = site
        self.host = host
        self.port = port
        self.admin = admin
        self.password = password
        self.statsUser = statsUser
        self.statsPassword = statsPassword
        self.databases = databases
        self.config = config
        self.access = access
        self.tls = tls
    }
}

/// How a class of clients reaches the service.
package struct Route: Hashable, Codable, Sendable {
    /// The rows that Baton writes along the route during a run, to measure what clients see.
    package struct Canary: Hashable, Codable, Sendable {
        package var table: String
        /// Time between two writes.
        package var every: TimeSpan

        package init(table: String, every: TimeSpan) {
            self.table = table
            self.every = every
        }
    }

    package var name: String
    /// The pooler that the clients connect to.
    package var through: String
    package var database: String
    package var user: String
    package var password: SecretReference?
    package var canary: Canary?

    package init(
        name: String, through: String, database: String, user: String, password: SecretReference? = nil,
        canary: Canary? = nil
    ) {
        self.name = name
        self.through = through
        self.database = database
        self.user = user
        self.password = password
        self.canary = canary
    }
}
