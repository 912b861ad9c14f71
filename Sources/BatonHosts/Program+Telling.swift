package import BatonCore
package import BatonEngine
import CLinux
import Glibc
import Subprocess

extension Program {
    /// How much a program may say on stderr, in bytes, before it is ended.
    private static let errorLimit = 1 << 20

    /// Runs a program that is only told something, in `/` and a session of its own: what it prints goes nowhere, and at the
    /// deadline it is killed with all that it started.
    ///
    /// - Parameters:
    ///   - variables: added to Baton's environment, or in place of what stands there.
    ///   - input: what the program may read; it need not.
    /// - Throws: as `run` does; `refused` also when the program cannot be executed.
    package static func tell(
        _ path: String, _ arguments: [String], variables: [String: String], input: String, deadline: Deadline
    ) async throws(HostError) -> Result {
        try await feed(path, arguments, variables: variables, input: input, deadline: deadline) { configuration, file in
            let result = try await Subprocess.run(
                configuration, input: file, output: .discarded, error: .bytes(limit: errorLimit))
            return Result(
                status: status(result.terminationStatus), output: "",
                errors: String(decoding: result.standardError, as: UTF8.self))
        }
    }

    /// What `tell` and `ask` share: the program, its session, its input and its end. They differ in what they do with stdout.
    static func feed(
        _ path: String, _ arguments: [String], variables: [String: String], input: String, deadline: Deadline,
        _ run: @escaping @Sendable (Configuration, FileDescriptorInput) async throws -> Result
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
            let input = descriptor(file).map {
                FileDescriptorInput.fileDescriptor($0, closeAfterSpawningProcess: false)
            }
            guard let input else { return .failure(.refused("\(name): no input")) }
            do {
                return .success(try await run(configuration, input))
            } catch let error as SubprocessError where error.code == .executableNotFound {
                return .failure(.refused("there is no program \(name)"))
            } catch {
                return .failure(.unknown("\(name): \(error)"))
            }
        }
    }

    /// Not a pipe: Subprocess ends the whole process ("was not closed") when a program ends before it has read its input.
    private static func memoryFile(holding text: String) throws(HostError) -> Int32 {
        let file = CLinux_memory_file("notice")
        guard file >= 0 else { throw .refused("no file in memory could be made: \(errorText())") }
        let bytes = Array(text.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, lseek(file, 0, SEEK_SET) == 0 else {
            let why = errorText()
            close(file)
            throw .refused("no file in memory could be written: \(why)")
        }
        return file
    }

    private static func updates(_ variables: [String: String]) -> [Environment.Key: String?] {
        var result: [Environment.Key: String?] = [:]
        for (name, value) in variables { result[converted(name)] = value }
        return result
    }
}

/// Makes a value of a type that only its own package can spell (`FileDescriptor`).
func descriptor<Value: RawRepresentable>(_ number: Int32) -> Value? where Value.RawValue == Int32 {
    Value(rawValue: number)
}
