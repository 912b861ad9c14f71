package import BatonCore

/// How much TLS a connection wants; the names and meanings are libpq's `sslmode`.
package enum TLSMode: Hashable, Sendable {
    /// No TLS.
    case disable
    /// TLS when the server offers it; an attacker on the wire can take it away.
    case prefer
    /// TLS, but anybody's certificate.
    case require
    /// TLS, and the certificate's chain ends in the root certificate in this file.
    case verifyCA(rootCertificate: String)
    /// As `verifyCA`, and the certificate names the host.
    case verifyFull(rootCertificate: String)

    var keywords: [(String, String)] {
        switch self {
        case .disable: [("sslmode", "disable")]
        case .prefer: [("sslmode", "prefer")]
        case .require: [("sslmode", "require")]
        case .verifyCA(let file): [("sslmode", "verify-ca"), ("sslrootcert", file)]
        case .verifyFull(let file): [("sslmode", "verify-full"), ("sslrootcert", file)]
        }
    }
}

/// Where to connect, and as whom.
package struct ConnectionParameters: Sendable {
    /// A name, an address, or the directory of a Unix socket (it starts with `/`).
    package var host: String
    package var port: Int
    package var database: String
    package var user: String
    package var password: Secret?
    package var tls: TLSMode
    package var applicationName: String
    /// The server's command-line options, such as `-c default_transaction_read_only=on`. PgBouncer refuses them.
    package var options: String?
    /// A physical walsender session: `IDENTIFY_SYSTEM` and `TIMELINE_HISTORY` by the simple protocol, no SQL. It needs the
    /// REPLICATION attribute and a `replication` line in `pg_hba.conf`.
    package var replication: Bool
    /// A statement that is given up is also stopped on the server, by a cancel request. Never through PgBouncer: when the
    /// server behind it does not take the request in time, PgBouncer ends itself (its issue 801: 1.18 and newer), and with
    /// it every client's session.
    package var sendsCancel: Bool

    package init(
        host: String, port: Int, database: String, user: String, password: Secret? = nil, tls: TLSMode = .prefer,
        applicationName: String = "baton", options: String? = nil, replication: Bool = false,
        sendsCancel: Bool = true
    ) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.tls = tls
        self.applicationName = applicationName
        self.options = options
        self.replication = replication
        self.sendsCancel = sendsCancel
    }

    /// `host` is the directory of a Unix socket.
    package var isLocalSocket: Bool { host.hasPrefix("/") }

    func validate() throws(PostgresError) {
        guard (1...65_535).contains(port) else { throw PostgresError(.invalidRequest, "port \(port) does not exist") }
        guard !host.isEmpty, !database.isEmpty, !user.isEmpty else {
            throw PostgresError(.invalidRequest, "host, database and user must not be empty")
        }
        let texts = [host, database, user, applicationName, options ?? "", password?.reveal { $0 } ?? ""]
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw PostgresError(.invalidRequest, "a connection parameter contains a NUL character")
        }
        // libpq splits these two at commas.
        guard !host.contains(",") else { throw PostgresError(.invalidRequest, "a host must be one host") }
    }

    /// libpq's keywords. What the process's environment could otherwise turn (PGTARGETSESSIONATTRS, PGSSLMODE, the
    /// password file) is set here, since an empty value would mean "not given".
    func keywords(address: String?) -> [(String, String)] {
        var pairs = [
            ("host", host), ("port", "\(port)"), ("dbname", database), ("user", user),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("gssencmode", "disable"), ("target_session_attrs", "any"), ("passfile", "/dev/null/none"),
            // A peer whose machine has vanished is noticed after about five seconds, whatever the deadline.
            ("keepalives", "1"), ("keepalives_idle", "2"), ("keepalives_interval", "1"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "5000"),
        ]
        // With `hostaddr` libpq resolves nothing itself; `host` still names the server to TLS.
        if let address { pairs.append(("hostaddr", address)) }
        pairs += isLocalSocket ? [("sslmode", "disable")] : tls.keywords
        if let password { pairs.append(("password", password.reveal { $0 })) }
        if let options { pairs.append(("options", options)) }
        if replication { pairs.append(("replication", "true")) }
        return pairs
    }
}
