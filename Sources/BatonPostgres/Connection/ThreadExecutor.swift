import BatonEngine
import Glibc
import Synchronization

/// Runs an actor's jobs, one after the other, on one thread that may block. The thread holds the executor until `stop`.
final class ThreadExecutor: SerialExecutor {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let inbox = Mutex(Inbox())
    private let wakeUp: WakeUp

    init() throws(PostgresError) {
        wakeUp = try WakeUp()
        guard DetachedThread.start({ self.run() }) else {
            throw PostgresError(.unreachable, "the system gave no thread for the connection")
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        inbox.withLock { $0.jobs.append(job) }
        wakeUp.signal()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Lets the thread end when its inbox is empty. Called when the actor is gone, so no job can follow.
    func stop() {
        inbox.withLock { $0.isStopped = true }
        wakeUp.signal()
    }

    private func run() {
        while true {
            let (jobs, isStopped) = inbox.withLock { inbox in
                defer { inbox.jobs = [] }
                return (inbox.jobs, inbox.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            guard jobs.isEmpty else { continue }
            if isStopped { return }
            // Drained before the inbox is read again: a job put in after that read leaves the counter raised.
            var watched = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&watched, 1, -1) > 0 { wakeUp.drain() }
        }
    }
}
