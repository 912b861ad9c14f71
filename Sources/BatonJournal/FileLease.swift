package import BatonCore
import FoundationEssentials
import Glibc
import Synchronization

/// Who holds a lease, as the lease's file says.
package struct LeaseHolder: Hashable, Codable, Sendable {
    package var run: RunID
    package var operatorName: String
    package var host: String
    package var processID: Int32
    package var since: WallTime
    /// The command: `switchover`.
    package var command: String

    package init(
        run: RunID, operatorName: String, host: String, processID: Int32, since: WallTime, command: String
    ) {
        self.run = run
        self.operatorName = operatorName
        self.host = host
        self.processID = processID
        self.since = since
        self.command = command
    }

    private enum CodingKeys: String, CodingKey {
        case run, host, since, command
        case operatorName = "operator"
        case processID = "pid"
    }
}

/// Another run is at work on the topology.
package struct LeaseHeld: Error, Hashable, Sendable, CustomStringConvertible {
    package var topology: String
    /// Nil when the holder has not written its record yet.
    package var holder: LeaseHolder?

    package var description: String {
        guard let holder else {
            return "another run holds the lease of \(topology); look with `baton status`"
        }
        return "run \(holder.run) of operator \(holder.operatorName) on host \(holder.host), pid \(holder.processID), "
            + "holds the lease of \(topology) since \(holder.since) (\(holder.command)); "
            + "look with `baton status` or `baton report \(holder.run)`"
    }
}

/// Why a lease was not granted.
package enum LeaseError: Error, Hashable, Sendable, CustomStringConvertible {
    case held(LeaseHeld)
    case unavailable(StorageError)

    package var description: String {
        switch self {
        case .held(let held): held.description
        case .unavailable(let error): error.description
        }
    }
}

/// The right of one process to run on a topology, among all that share a state directory: flock(2) on
/// `STATE/lease-<topology>.lock`. The kernel releases it when the process ends, however it ends; what a dead process left
/// in the file is no lock. Between machines the session locks on the nodes decide, not this file.
package final class FileLease: Sendable {
    package let path: String
    package let holder: LeaseHolder
    /// Nil once released.
    private let file: Mutex<Int32?>

    private init(path: String, holder: LeaseHolder, descriptor: Int32) {
        self.path = path
        self.holder = holder
        file = Mutex(descriptor)
    }

    deinit { release() }

    /// Takes the lease at once or not at all.
    package static func acquire(
        state: String, topology: String, holder: LeaseHolder
    ) throws(LeaseError) -> FileLease {
        let path = path(state: state, topology: topology)
        let descriptor: Int32
        do throws(StorageError) {
            try makeDirectories(state)
            descriptor = retrying { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
            guard descriptor >= 0 else { throw StorageError("open \(path)", code: errno) }
        } catch { throw .unavailable(error) }
        guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
            let code = errno
            let found = record(in: descriptor)
            close(descriptor)
            if code == EWOULDBLOCK { throw .held(LeaseHeld(topology: topology, holder: found)) }
            throw .unavailable(StorageError("lock \(path)", code: code))
        }
        let lease = FileLease(path: path, holder: holder, descriptor: descriptor)
        do throws(StorageError) { try write(holder, to: descriptor, path) } catch { throw .unavailable(error) }
        return lease
    }

    /// Takes the lease, and waits for a holder that is about to end: a killed process lets go when the kernel has taken it
    /// down. Looks every 10 ms; a cancelled task looks once more.
    ///
    /// - Parameter now: the clock of the deadline.
    /// - Throws: what the last look said.
    package static func acquire(
        state: String, topology: String, holder: LeaseHolder, waitingUntil deadline: Deadline, now: () -> Instant
    ) async throws(LeaseError) -> FileLease {
        while now() < deadline, !Task.isCancelled {
            do throws(LeaseError) {
                return try acquire(state: state, topology: topology, holder: holder)
            } catch {
                guard case .held = error else { throw error }
            }
            try? await Task.sleep(nanoseconds: 10_000_000)
        }
        return try acquire(state: state, topology: topology, holder: holder)
    }

    /// Whether that run's process holds the lease now. Asks without taking it.
    package static func isHeld(by run: RunID, state: String, topology: String) -> Bool {
        let descriptor = open(path(state: state, topology: topology), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return false }
        return record(in: descriptor)?.run == run
    }

    /// Gives the lease back; a second call does nothing.
    package func release() {
        file.withLock { descriptor in
            guard let open = descriptor else { return }
            descriptor = nil
            // The record goes first, so that nobody reads it as the next holder's.
            _ = ftruncate(open, 0)
            close(open)
        }
    }

    /// The file of a topology's lease. A name that cannot be a file's name is changed and told apart by its hash.
    static func path(state: String, topology: String) -> String {
        let safe = String(
            topology.unicodeScalars.map { scalar in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isPlain || "-_.".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
            }.prefix(64))
        let suffix = safe == topology ? "" : "-" + Digest.sha256(Array(topology.utf8)).prefix(8)
        return "\(state)/lease-\(safe)\(suffix).lock"
    }

    private static func record(in descriptor: Int32) -> LeaseHolder? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            retrying { pread(descriptor, bytes.baseAddress, bytes.count, 0) }
        }
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(LeaseHolder.self, from: Data(buffer[..<count]))
    }

    private static func write(_ holder: LeaseHolder, to descriptor: Int32, _ path: String) throws(StorageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let record = try? [UInt8](encoder.encode(holder)) + [UInt8(ascii: "\n")] else {
            throw StorageError(
                operation: "write \(path)", reason: "the holder's record cannot be encoded", remedy: "report this fault"
            )
        }
        // Over the record of a holder that died, not after it was cut off: a disk that filled up since has no other space.
        let isWritten =
            record.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == record.count
            && ftruncate(descriptor, off_t(record.count)) == 0
        guard isWritten else { throw StorageError("write \(path)", code: errno) }
    }
}
