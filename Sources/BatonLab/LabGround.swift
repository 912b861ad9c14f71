import BatonCore
import BatonEngine
import BatonHosts
import Glibc

/// The machine that the lab stands on: who runs the servers, with which programs, on which ports.
struct LabGround: Sendable {
    /// Runs the servers: `postgres` when Baton is root, since PostgreSQL refuses to run as root; else the user itself.
    let account: Account
    let binDirectory: String
    let pgbouncer: String

    private static let install = "apt-get install postgresql pgbouncer"
    /// Parameter grants and `pg_checkpoint` are new in PostgreSQL 15.
    private static let oldestVersion = 15

    /// Finds user and programs.
    static func survey() throws -> LabGround {
        let account: Account
        if geteuid() == 0 {
            guard let postgres = Account.named("postgres") else {
                throw LabError("there is no user postgres to run the servers", remedy: install)
            }
            account = postgres
        } else {
            guard let current = Account.number(geteuid()) else {
                throw LabError("the current user, \(geteuid()), has no account")
            }
            account = current
        }
        guard let directory = serverPrograms() else {
            throw LabError("no PostgreSQL \(oldestVersion) or newer is installed", remedy: install)
        }
        guard let pgbouncer = program("pgbouncer") else {
            throw LabError("PgBouncer is not installed", remedy: install)
        }
        return LabGround(account: account, binDirectory: directory, pgbouncer: pgbouncer)
    }

    /// The ground that an existing lab was built on.
    static func recorded(in manifest: LabManifest) throws -> LabGround {
        guard let account = Account.named(manifest.user) else {
            throw LabError("the lab's user \(manifest.user) is gone", remedy: "baton lab down")
        }
        return LabGround(account: account, binDirectory: manifest.binDirectory, pgbouncer: manifest.pgbouncer)
    }

    /// Refuses a state directory that the servers' user could not enter, before anything is made: asks the kernel as that
    /// user, because permission bits alone do not tell (ACLs, user namespaces).
    func requireEntrance(to state: String, deadline: Deadline) async throws {
        var existing = state
        while !LabFiles.exists(existing), existing != "/" {
            existing = existing.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
            if existing.isEmpty { existing = "/" }
        }
        let result = try await Program.run("/usr/bin/test", ["-x", existing], as: account, deadline: deadline)
        guard result.status != 0 else { return }
        throw LabError(
            "the user \(account.name), who runs the lab's servers, cannot enter \(existing)",
            remedy: "keep the lab elsewhere: baton lab up --state /var/tmp/baton")
    }

    /// Free TCP ports of the loopback address, below the range that the kernel hands to clients, so that no outgoing
    /// connection takes one while a server is down.
    static func freePorts(_ count: Int) throws -> [Int] {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        var ports: [Int] = []
        for _ in 0..<2_000 where ports.count < count {
            let port = Int.random(in: 20_000..<32_000)
            guard let descriptor = bound(to: port) else { continue }
            held.append(descriptor)
            ports.append(port)
        }
        guard ports.count == count else { throw LabError("no free TCP port was found on 127.0.0.1") }
        return ports
    }

    private static func bound(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func serverPrograms() -> String? {
        let root = "/usr/lib/postgresql"
        let versions = LabFiles.names(in: root).compactMap { Int($0) }.filter { $0 >= oldestVersion }
        let wanted = ["initdb", "pg_ctl", "postgres"]
        return versions.sorted(by: >).map { "\(root)/\($0)/bin" }
            .first { directory in wanted.allSatisfy { access("\(directory)/\($0)", X_OK) == 0 } }
    }

    private static func program(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        // Debian keeps servers in /usr/sbin, which is not in every user's PATH.
        let directories = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return directories.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
