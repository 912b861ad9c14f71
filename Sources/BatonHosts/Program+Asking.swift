import BatonCore
import BatonEngine
import Glibc
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
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
        ]
        let configuration = Configuration(
            executable: path.contains("/") ? .path(converted(path)) : .name(path), arguments: Arguments(arguments),
            environment: .inherit.updating(updates(variables)), workingDirectory: converted("/"),
            platformOptions: options)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let file = try memoryFile(holding: input)
        defer { close(file) }
        return try await bounded(name, by: deadline) {
            await asked(configuration, name: name, input: file, limit: limit)
        }
    }

    private static func asked(
        _ configuration: Configuration, name: String, input: Int32, limit: Int
    ) async -> Swift.Result<Result, HostError> {
        let file = descriptor(input).map { FileDescriptorInput.fileDescriptor($0, closeAfterSpawningProcess: false) }
        guard let file else { return .failure(.refused("\(name): no input")) }
        do {
            let result = try await Subprocess.run(
                configuration, input: file, output: .bytes(limit: limit), error: .bytes(limit: limit))
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
}
