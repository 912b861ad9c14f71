import BatonCore
import BatonEngine

/// Runs scripts on another host through the system's OpenSSH client.
///
/// The remote command is the constant `exec /bin/sh -s`, which every login shell reads alike. What is to be done there and
/// its arguments come on stdin: no argument ever passes the login shell, and none shows in the host's list of processes.
/// Each call is a connection of its own. A shared one (ControlMaster) would outlive its host: after a restart of the host it
/// is a dead connection that only times out, when it is needed most.
struct SSHCommand: Sendable {
    /// What came back from a script that ran to its end.
    struct Answer: Hashable, Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Lines around the script's own output: a login shell may print before it, and only they tell a remote command that
    /// failed from a connection that broke.
    private static let began = "baton-began"
    private static let ended = "baton-ended"
    /// A connection is given at least this, whatever is left; the deadline ends it all the same.
    private static let leastConnectTimeout: Int64 = 1

    let control: SSHControl

    /// - Parameters:
    ///   - script: POSIX shell; it sees the arguments as `$1`, `$2`, …, and nothing on its stdin.
    ///   - arguments: any text without NUL; a secret may be among them.
    /// - Throws: `refused` when no shell was reached, `timedOut` at the deadline, `unknown` when the connection broke.
    func run(_ script: String, _ arguments: [String], deadline: Deadline) async throws(HostError) -> Answer {
        let input = try Self.input(script, arguments)
        let result: Program.Result
        do throws(HostError) {
            result = try await Program.ask(
                "ssh", self.arguments(deadline: deadline), variables: ["LC_ALL": "C"], input: input, limit: 4 << 20,
                deadline: deadline)
        } catch {
            guard case .timedOut = error else { throw error }
            throw SSHFailure.timedOut("no answer before the deadline").error(control)
        }
        return try answer(result)
    }

    func arguments(deadline: Deadline) -> [String] {
        let seconds = (deadline - SystemClock.now()).nanoseconds / 1_000_000_000 + 1
        let options = [
            "ConnectTimeout=\(max(Self.leastConnectTimeout, seconds))", "ConnectionAttempts=1",
            // The topology says whom to believe and who one is; nothing else of this machine does.
            "GlobalKnownHostsFile=/dev/null", "IdentityAgent=none", "PreferredAuthentications=publickey",
            "PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "UpdateHostKeys=no", "VerifyHostKeyDNS=no",
            "CheckHostIP=no", "ControlMaster=no", "ControlPath=none", "ClearAllForwardings=yes", "ForwardAgent=no",
            "ForwardX11=no", "RequestTTY=no", "PermitLocalCommand=no", "LogLevel=ERROR",
        ]
        return ["-T", "-x", "-a"] + control.arguments + options.flatMap { ["-o", $0] }
            + ["--", control.host, "exec /bin/sh -s"]
    }

    /// What the remote shell reads. All of it is one function that the last line calls, so that a script that arrives in part
    /// does nothing.
    static func input(_ script: String, _ arguments: [String]) throws(HostError) -> String {
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw .refused("an argument for another host holds a NUL")
        }
        let words = arguments.map { " " + ShellLine.singleQuoted($0) }.joined()
        return """
            baton_main() {
            LC_ALL=C
            export LC_ALL
            umask 077
            echo \(began)
            ( \(script)
            ) </dev/null
            echo "\(ended) $?"
            }
            baton_main\(words)

            """
    }

    /// A command line for a person.
    static func line(_ words: [String]) -> String {
        words.map { word in
            let isPlain = word.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./:,=@".utf8.contains(byte)
            }
            return isPlain && !word.isEmpty ? word : ShellLine.singleQuoted(word)
        }.joined(separator: " ")
    }

    private func answer(_ result: Program.Result) throws(HostError) -> Answer {
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(of: Substring(Self.began)) else {
            // A session that was there may have begun, and its first words were lost with it.
            if result.errors.contains("Connection to \(control.host) closed by remote host") {
                throw .unknown(
                    "the connection to \(control.host) broke while it worked, or before: \(OneLine(result.errors).text)"
                )
            }
            throw SSHFailure(status: result.status, errors: result.errors).error(control)
        }
        lines.removeFirst(first + 1)
        guard let last = lines.lastIndex(where: { $0.hasPrefix(Self.ended + " ") }),
            let status = Int32(lines[last].dropFirst(Self.ended.count + 1))
        else {
            let said = OneLine(result.errors).text
            throw .unknown(
                "the connection to \(control.host) broke while it worked" + (said.isEmpty ? "" : ": \(said)"))
        }
        return Answer(
            status: status, output: lines[..<last].map { $0 + "\n" }.joined(), errors: result.errors)
    }
}
