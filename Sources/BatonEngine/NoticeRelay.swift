package import BatonCore
import Synchronization

/// Sends the notices of one run: what `RunEngine.execute` calls after each transition.
package final class NoticeRelay: Sendable {
    private let moments: Mutex<Notice.Moments>
    private let notifier: any Notifier

    /// - Parameter machine: as it stands before the first transition that is shown.
    package init(_ machine: RunMachine, run: RunID, to notifier: any Notifier) {
        moments = Mutex(Notice.Moments(machine, run: run))
        self.notifier = notifier
    }

    /// Sends what is due after a transition, and returns at once.
    package func show(_ machine: RunMachine, _ transition: Transition) {
        for notice in moments.withLock({ $0.notices(after: transition, machine) }) { notifier.send(notice) }
    }
}
