import BatonCore
import BatonReports
import Glibc

/// What the process's exit status says; checked from outside and never renumbered.
enum ExitStatus: Int32, Error, CaseIterable {
    case done = 0
    /// An error, and nothing was changed; no judgement was possible.
    case error = 1
    /// Refused by a gate or a finding; nothing was changed.
    case refused = 2
    /// Halted, or work left, or any error after a change: an operator must act.
    case operatorNeeded = 3
    /// Everything is as before.
    case rolledBack = 4
    case objectiveMissed = 5
    case usage = 64
    case badFile = 65
    case leaseHeld = 75
    /// Interrupted before any change, or by a second Ctrl-C.
    case interrupted = 130

    /// What it says, as a sentence.
    var summary: String {
        switch self {
        case .done: "Done: completed, ready, valid, intact."
        case .error: "An error, and nothing was changed; no judgement was possible."
        case .refused: "Refused by a gate or a finding; nothing was changed."
        case .operatorNeeded: "Halted, or work left, or any error after a change: an operator must act."
        case .rolledBack: "Rolled back: everything is as before."
        case .objectiveMissed: "The drill completed, and an objective was missed."
        case .usage: "Wrong usage."
        case .badFile: "A playbook, a topology or a scenario file is not valid."
        case .leaseHeld: "Another run holds the lease."
        case .interrupted: "Interrupted before any change, or by a second Ctrl-C."
        }
    }

    /// Ends the process at once, without `atexit`: OpenSSL's clean-up would pull the ground from under a session that another
    /// thread still has with a slow server, which ended a finished command with a segmentation fault. All output has been
    /// written by then; nothing is buffered.
    func exit() -> Never { _exit(rawValue) }

    /// The status of a run that came to rest.
    init(_ state: RunState) {
        self =
            switch state {
            case .finished(.completed), .finished(.alreadyThere): .done
            case .finished(.completedWithObligations), .halted: .operatorNeeded
            case .finished(.refused): .refused
            case .finished(.rolledBack): .rolledBack
            case .finished(.interrupted): .interrupted
            case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling:
                .operatorNeeded
            }
    }
}

/// A problem that ends the command: the text for people and the status for scripts.
struct CommandProblem: Error {
    var status: ExitStatus
    var text: String

    init(_ status: ExitStatus, _ message: String, remedy: String? = nil) {
        self.status = status
        text = "baton: \(message)" + (remedy.map { "\n  remedy: \($0)" } ?? "")
    }
}
