package import BatonCore
package import BatonEngine
import Glibc
import Subprocess

/// Runs one program to its end: an argument array, no shell, a deadline.
package enum Program {
    /// What a program left behind.
    package struct Result: Sendable {
        /// The exit status, or 128 plus the signal that ended it.
        package var status: Int32
        package var output: String
        package var errors: String

        /// The last lines of what the program said, for an error message.
        package var complaint: String {
            let text = errors.isEmpty ? output : errors
            return text.split(separator: "\n").suffix(6).joined(separator: "\n")
        }
    }

    /// Runs `path` (absolute, or a name that is looked up in PATH) as `account`, in `/`.
    ///
    /// - Parameters:
    ///   - environment: the whole environment; nil inherits Baton's.
    ///   - input: what the program reads; it may hold a secret, which arguments never may.
    /// - Throws: `refused` when the program could not be started, `timedOut` after killing it at the deadline, `unknown`
    ///   when the task was cancelled.
    package static func run(
        _ path: String, _ arguments: [String], as account: Account? = nil, environment: [String: String]? = nil,
        input: String = "", limit: Int = 1 << 20, deadline: Deadline
    ) async throws(HostError) -> Result {
        var options = PlatformOptions()
        options.createSession = true
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var (executable, allArguments) = (path, arguments)
        var changesUser = false
        if let account, account.user != geteuid() {
            try account.requireUsable()
            changesUser = true
            executable = changer
            allArguments = changerArguments(account) + [path] + arguments
        }
        let configuration = Configuration(
            executable: executable.contains("/") ? .path(converted(executable)) : .name(executable),
            arguments: Arguments(allArguments), environment: environment.map { .custom(keyed($0)) } ?? .inherit,
            workingDirectory: converted("/"), platformOptions: options)
        let shownName = changesUser ? changer : name
        let result = try await bounded(name, by: deadline) {
            await finish(configuration, name: shownName, input: input, limit: limit)
        }
        // As a shell does, setpriv ends with 127 or 126 when it found no such program or could not run it.
        if changesUser, result.status == 127 || result.status == 126, result.errors.hasPrefix("setpriv:") {
            throw .refused("cannot run \(name): \(result.complaint)")
        }
        return result
    }

    /// The result of `work`, which ends the program when it is cancelled; it is, at the deadline.
    static func bounded(
        _ name: String, by deadline: Deadline, _ work: @escaping @Sendable () async -> Swift.Result<Result, HostError>
    ) async throws(HostError) -> Result {
        try await withTaskGroup(of: Swift.Result<Result, HostError>.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await SystemClock.sleep(deadline - SystemClock.now())
                return Task.isCancelled
                    ? .failure(.unknown("\(name): cancelled before it ended"))
                    : .failure(.timedOut("\(name) did not end before the deadline and was killed"))
            }
            let first = await group.next() ?? .failure(.unknown("\(name): no result"))
            group.cancelAll()
            return first
        }.get()
    }

    /// Becomes another user and then the program (util-linux, in every Debian and Red Hat system).
    ///
    /// Not by Subprocess's own options: they call glibc's `setgroups` between a bare `clone3` and `execve`. There glibc
    /// still believes in the parent's threads, and waits for ever for one that was just being created
    /// (`setxid_mark_thread` in glibc's nptl/nptl_setxid.c); the parent waits for that child, past any deadline.
    private static let changer = "/usr/bin/setpriv"

    private static func changerArguments(_ account: Account) -> [String] {
        let groups = account.groups.map { "\($0)" }.joined(separator: ",")
        return [
            "--reuid=\(account.user)", "--regid=\(account.group)",
            groups.isEmpty ? "--clear-groups" : "--groups=\(groups)", "--",
        ]
    }

    private static func finish(
        _ configuration: Configuration, name: String, input: String, limit: Int
    ) async -> Swift.Result<Result, HostError> {
        do {
            let result = try await Subprocess.run(
                configuration, input: .string(input), output: .bytes(limit: limit), error: .bytes(limit: limit))
            return .success(
                Result(
                    status: status(result.terminationStatus),
                    output: String(decoding: result.standardOutput, as: UTF8.self),
                    errors: String(decoding: result.standardError, as: UTF8.self)))
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return .failure(.refused("there is no program \(name)"))
        } catch {
            return .failure(.unknown("\(name): \(error)"))
        }
    }

    static func status(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private static func keyed(_ environment: [String: String]) -> [Environment.Key: String] {
        var result: [Environment.Key: String] = [:]
        for (name, value) in environment { result[converted(name)] = value }
        return result
    }
}

/// Makes a value of a type that only its own package can spell (`FilePath`, `Environment.Key`) from text.
func converted<Value: ExpressibleByStringLiteral>(_ text: String) -> Value
where Value.StringLiteralType == String {
    Value(stringLiteral: text)
}
