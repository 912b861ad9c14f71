package import BatonCore
import BatonEngine
package import BatonHosts
import Glibc

/// OpenSSH's sshd as an ordinary user, on a free port of 127.0.0.1: keys, configuration and all in one directory. Who logs in
/// is that user. It is started and ended by its process id.
package struct SSHServer: Sendable {
    /// What went wrong while it was made.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How Baton logs in.
    package let control: SSHControl
    /// The daemon's process.
    package let process: Int32
    private let directory: String

    /// - Parameters:
    ///   - directory: an existing one of the account's; it stays when the server ends.
    ///   - account: who runs it, and who is logged in.
    package static func start(in directory: String, as account: Account) async throws -> SSHServer {
        let port = try HookServer.freePort()
        let base = directory + "/ssh"
        func run(_ program: String, _ arguments: [String]) async throws {
            let result = try await Program.run(
                program, arguments, as: account, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], deadline: soon)
            guard result.status == 0 else { throw Failure(description: "\(program): \(result.complaint)") }
        }
        try await run("/bin/mkdir", ["-m", "700", base])
        for name in ["host", "client", "stranger"] {
            try await run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(base)/\(name)"])
        }
        let files = [
            "authorized": try text("\(base)/client.pub"),
            "known": "[127.0.0.1]:\(port) " + (try text("\(base)/host.pub")),
            "wrong": "[127.0.0.1]:\(port) " + (try text("\(base)/stranger.pub")),
            "config": """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(base)/host
            PidFile \(base)/pid
            AuthorizedKeysFile \(base)/authorized
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM no
            StrictModes no
            AllowTcpForwarding no
            X11Forwarding no

            """,
        ]
        for (name, text) in files {
            try await run("/bin/sh", ["-c", "umask 077; printf %s \"$1\" >\"$2\"", "sh", text, "\(base)/\(name)"])
        }
        // It goes to the background by itself; the file of its log keeps no pipe of ours open.
        try await run("/usr/sbin/sshd", ["-f", "\(base)/config", "-E", "\(base)/log"])
        for _ in 0..<500 {
            if let number = (try? text("\(base)/pid")).flatMap({ Int32($0.prefix { $0.isNumber }) }) {
                return SSHServer(
                    control: SSHControl(
                        host: "127.0.0.1", port: port, user: account.name, identityFile: base + "/client",
                        knownHosts: base + "/known"), process: number, directory: base)
            }
            try await SystemClock.sleep(.milliseconds(10))
        }
        throw Failure(description: "sshd wrote no process id: \((try? text("\(base)/log")) ?? "")")
    }

    /// Host keys among which the server's is not.
    package var wrongKnownHosts: String { directory + "/wrong" }
    /// Who may log in, one key a line.
    package var authorizedKeys: String { directory + "/authorized" }
    /// A key that the server does not know.
    package var strangersKey: String { directory + "/stranger" }

    /// It takes connections and says nothing.
    package func hang() { kill(process, SIGSTOP) }
    /// Takes `hang` back.
    package func goOn() { kill(process, SIGCONT) }
    /// Ends the daemon; sessions that it has started go on.
    package func stop() {
        kill(process, SIGCONT)
        kill(process, SIGTERM)
    }

    private static var soon: Deadline { SystemClock.deadline(in: .seconds(30)) }

    private static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Failure(description: "cannot read \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
