import BatonCore
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts

/// A network between one Baton and the servers that falls silent: packets vanish in both directions and nobody is told, as
/// when a cable is cut. Others, the pooler and replication among them, still reach the same servers.
///
/// Connections are told apart by the group of the process that opens them (nftables: `meta skgid`), so a Baton that is to
/// be cut off is started through `launcher`. A port stays silent for a minute at most, also when the tests are killed:
/// then an empty table is left that changes nothing.
struct Partition: Sendable {
    /// Whether this process may make one: root, with nftables installed and supported by the kernel.
    static func isPossible() async -> Bool {
        guard geteuid() == 0, access(program, X_OK) == 0 else { return false }
        return (try? await run(["list", "tables"])) != nil
    }

    private static let program = "/usr/sbin/nft"
    /// A group of nobody's, which marks the connections.
    private static let group = 47_110

    /// Goes before the line of a Baton that is to be cut off.
    static let launcher = ["setpriv", "--regid=\(group)", "--clear-groups"]

    private let table = "baton_\(getpid())_\(UInt32.random(in: 0 ... .max))"

    /// Hands a partition that cuts nothing yet to `body`, and heals it whatever happens.
    static func with(_ body: (Partition) async throws -> Void) async throws {
        let partition = Partition()
        try await partition.make()
        var failure: (any Error)?
        do { try await body(partition) } catch { failure = error }
        try await Self.run(["delete", "table", "inet", partition.table])
        if let failure { throw failure }
    }

    private func make() async throws {
        // Only the first packet of a connection tells its group for certain; the mark stays with the connection.
        let rules = """
            add table inet \(table)
            add set inet \(table) silent { type inet_service; flags timeout; }
            add chain inet \(table) outgoing { type filter hook output priority -10; policy accept; }
            add rule inet \(table) outgoing meta skgid \(Self.group) ct mark set \(Self.group)
            add chain inet \(table) incoming { type filter hook input priority 0; policy accept; }
            add rule inet \(table) incoming ct mark \(Self.group) tcp dport @silent drop
            add rule inet \(table) incoming ct mark \(Self.group) tcp sport @silent drop
            """
        try await Self.run([rules])
    }

    /// Silences a server's port.
    func cut(_ port: Int) async throws {
        try await Self.run(["add element inet \(table) silent { \(port) timeout 60s }"])
    }

    /// Lets packets through again; connections that both ends still have go on where they were.
    func heal(_ port: Int) async throws {
        try await Self.run(["delete element inet \(table) silent { \(port) }"])
    }

    private static func run(_ arguments: [String]) async throws {
        let result = try await Program.run(
            program, arguments, as: nil, environment: ["LC_ALL": "C"], deadline: WorldFixture.soon())
        try #require(result.status == 0, "nft: \(result.complaint)")
    }
}
