import BatonCore
import Glibc
import Synchronization

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

/// Measures every process of Baton that works on one state directory: the most memory and the most open files that it had.
final class ProcessMeter: Sendable {
    struct Process: Sendable {
        /// `switchover`, `guard`, `resume`.
        var command: String
        /// Most resident memory, kB, as the kernel keeps it (VmHWM).
        var memory = 0
        /// Most open descriptors seen.
        var files = 0
    }

    private let seen = Mutex<[Int32: Process]>([:])

    /// What was seen since the last call, one for each process.
    func take() -> [Process] {
        seen.withLock { seen in
            defer { seen = [:] }
            return seen.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Looks every 5 ms until the task is cancelled.
    func watch(state: String) async {
        while !Task.isCancelled {
            look(state)
            try? await SystemClock.sleep(.milliseconds(5))
        }
    }

    private func look(_ state: String) {
        for pid in (try? ProcessTable.processes()) ?? [] {
            guard let line = ProcessTable.arguments(pid), line.count > 2, line.contains(state),
                ["switchover", "guard", "resume"].contains(line[1])
            else { continue }
            let files = LabFiles.names(in: "/proc/\(pid)/fd").count
            let memory =
                LabFiles.read("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                .flatMap { Int($0.filter(\.isNumber)) } ?? 0
            seen.withLock { seen in
                var process = seen[pid] ?? Process(command: line[1])
                process.memory = max(process.memory, memory)
                process.files = max(process.files, files)
                seen[pid] = process
            }
        }
    }
}
