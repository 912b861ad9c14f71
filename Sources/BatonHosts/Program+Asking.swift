import BatonCore
import BatonEngine
import Subprocess

extension Program {
    /// Runs a program that reads `input` and answers, in `/` and a session of its own; at the deadline it is killed with all
    /// that it started. Its input is a file in memory, so it need not read it.
    ///
    /// - Parameters:
    ///   - variables: added to Baton's environment, or in place of what stands there.
    ///   - limit: how much it may say on stdout, and on stderr, in bytes, before it is ended.
    /// - Throws: as `tell` does.
    static func ask(
        _ path: String, _ arguments: [String], variables: [String: String], input: String, limit: Int = 1 << 20,
        deadline: Deadline
    ) async throws(HostError) -> Result {
        try await feed(path, arguments, variables: variables, input: input, deadline: deadline) { configuration, file in
            let result = try await Subprocess.run(
                configuration, input: file, output: .bytes(limit: limit), error: .bytes(limit: limit))
            return Result(
                status: status(result.terminationStatus),
                output: String(decoding: result.standardOutput, as: UTF8.self),
                errors: String(decoding: result.standardError, as: UTF8.self))
        }
    }
}
