import BatonCore
import BatonEngine
import TestServers

@testable import BatonHosts

/// How a data directory's host is reached.
enum HostWay: CaseIterable, Sendable {
    case local, ssh
}

/// Makes a data directory and, for ssh, an sshd of its owner's; gives the host to `body`, and leaves nothing behind.
///
/// - Parameter path: what the host is told in place of the data directory.
func withHost(
    _ way: HostWay, path: String? = nil,
    _ body: (any DatabaseHost, Node.DataDirectory, Account) async throws -> Void
) async throws {
    try await withDataDirectory { directory, account in
        var told = directory
        if let path { told.path = path }
        switch way {
        case .local: try await body(LocalDatabaseHost(told), directory, account)
        case .ssh:
            try await withSSH(beside: directory, as: account) { server in
                try await body(SSHDatabaseHost(server.control, told), directory, account)
            }
        }
    }
}

/// Starts an sshd beside a data directory and ends it whatever happens.
func withSSH(
    beside directory: Node.DataDirectory, as account: Account, _ body: (SSHServer) async throws -> Void
) async throws {
    let server = try await SSHServer.start(in: DurableFile.parent(of: directory.path), as: account)
    defer { server.stop() }
    try await body(server)
}
