package import BatonCore

/// What a run tells the outside world about itself.
package struct Notice: Hashable, Sendable {
    package typealias Moment = NoticeMoment

    package var moment: Moment
    package var run: RunID
    package var playbook: String
    package var topology: String
    package var toSite: String
    package var state: RunState.Kind
    /// How it ended, in the words of reports; nil while it goes on.
    package var outcome: String?
    /// One sentence for people.
    package var text: String

    package init(
        moment: Moment, run: RunID, playbook: String, topology: String, toSite: String, state: RunState.Kind,
        outcome: String?, text: String
    ) {
        self.moment = moment
        self.run = run
        self.playbook = playbook
        self.topology = topology
        self.toSite = toSite
        self.state = state
        self.outcome = outcome
        self.text = text
    }
}

/// Tells people that something happened. It never holds a run up and never fails one.
package protocol Notifier: Sendable {
    /// Queues the notice and returns at once.
    func send(_ notice: Notice)
    /// Waits for what is queued, at most until the deadline; then what is left is given up, with a word on stderr.
    func drain(deadline: Deadline) async
}
