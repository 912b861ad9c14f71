import BatonCore
import BatonEngine

/// Why no command ran on another host, told apart by what OpenSSH's client says. Nothing happened there.
enum SSHFailure: Hashable, Sendable {
    /// No such name, no route, no network.
    case unreachable(String)
    /// The host is there, and nobody listens at that port.
    case refused(String)
    /// The host did not answer in time.
    case timedOut(String)
    /// The host's key is not the known one, or is not known.
    case hostKey(String)
    /// The host does not let the user in with that key.
    case notAuthenticated(String)
    /// ssh itself could not start its work: a file that it needs.
    case client(String)
    /// The user may log in, and is given something else than a shell.
    case noShell(String)

    /// - Parameters:
    ///   - status: ssh's exit status: 255 is its own word (ssh(1), "EXIT STATUS"), any other the remote shell's.
    ///   - errors: what it said.
    init(status: Int32, errors: String) {
        let lines = errors.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty }
        let said = OneLine(lines.last ?? "it said nothing").text
        func line(_ texts: String...) -> String? {
            lines.first { line in texts.contains { line.contains($0) } }.map { OneLine($0).text }
        }
        guard status == 255 else {
            self = .noShell("status \(status)" + (lines.isEmpty ? "" : ": \(said)"))
            return
        }
        // In this order: a changed key is told in a banner of many lines, of which the last speaks of a failure.
        if let text = line("IDENTIFICATION HAS CHANGED", "host key is known for", "Host key verification failed") {
            self = .hostKey(text)
        } else if let text = line("Permission denied (", "Too many authentication failures", "Load key") {
            self = .notAuthenticated(text)
        } else if let text = line("Connection refused") {
            self = .refused(text)
        } else if let text = line("timed out", "Timeout, server") {
            self = .timedOut(text)
        } else if line("Could not resolve", "No route to host", "unreachable", "Connection closed", "Connection reset")
            != nil
        {
            self = .unreachable(said)
        } else {
            self = .client(said)
        }
    }

    /// As a host's error, with the exact next command. All of them are refusals: ssh never got to a remote shell.
    func error(_ control: SSHControl) -> HostError {
        let place = "\(control.user)@\(control.host) port \(control.port)"
        let known = control.knownHosts
        let tried = SSHCommand.line(["ssh"] + control.arguments + ["--", control.host, "true"])
        switch self {
        case .unreachable(let said):
            return .refused("ssh cannot reach \(place): \(said). Once it can be reached, try: \(tried)")
        case .refused(let said):
            return .refused(
                "nobody listens for ssh at \(place): \(said). Start sshd there, or correct `port`; then try: \(tried)")
        case .timedOut(let said):
            return .timedOut("\(place) does not answer ssh: \(said). Once it can be reached, try: \(tried)")
        case .hostKey(let said):
            let name = control.port == SSHControl.defaultPort ? control.host : "[\(control.host)]:\(control.port)"
            let forget = SSHCommand.line(["ssh-keygen", "-R", name, "-f", known])
            let scan = SSHCommand.line(["ssh-keyscan", "-p", "\(control.port)", control.host])
            return .refused(
                "the host key of \(place) is not the one in \(known): \(said). Is it that machine? Compare "
                    + "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on its console with: \(scan) | ssh-keygen -lf -; "
                    + "if they agree: \(forget); \(scan) >> \(ShellLine.singleQuoted(known))")
        case .notAuthenticated(let said):
            let copy = SSHCommand.line([
                "ssh-copy-id", "-i", control.identityFile, "-p", "\(control.port)", "\(control.user)@\(control.host)",
            ])
            return .refused(
                "\(place) does not let Baton in with \(control.identityFile): \(said). Let it in: \(copy); "
                    + "then try: \(tried)")
        case .client(let said):
            return .refused(
                "ssh to \(place) failed: \(said). See why: \(SSHCommand.line(["ssh", "-v"] + control.arguments + ["--", control.host, "true"]))"
            )
        case .noShell(let said):
            return .refused(
                "\(place) gave no shell (\(said)). The account needs a login shell and no forced command; try: \(tried)"
            )
        }
    }
}
