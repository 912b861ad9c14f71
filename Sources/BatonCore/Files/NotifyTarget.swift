/// When a run tells the outside world about itself.
package enum NoticeMoment: String, Hashable, Codable, Sendable, CaseIterable {
    /// The run began.
    case start
    /// From now on clients wait: the first freezing step was announced.
    case freeze
    /// The point of no return: the promotion was announced.
    case promote
    /// The run stopped and waits for an operator.
    case halt
    /// The run is over, whatever its outcome.
    case end

    /// When the notice is sent, as a sentence.
    package var summary: String {
        switch self {
        case .start: "The run began."
        case .freeze: "From now on clients wait."
        case .promote: "The promotion was announced: there is no way back."
        case .halt: "The run stopped and waits for an operator."
        case .end: "The run is over, whatever its outcome."
        }
    }
}

/// Whom a run tells about itself: one entry of a topology's `notify`.
package struct NotifyTarget: Hashable, Codable, Sendable {
    /// How the notice gets there.
    package enum Way: Hashable, Codable, Sendable {
        /// A program and its arguments, no shell: an absolute path, or a name that is looked up in PATH.
        case command([String])
        /// A POST request, with the token as `Authorization: Bearer` where there is one.
        case http(HTTPAddress, token: SecretReference?)
    }

    package static let defaultDeadline = TimeSpan.seconds(5)
    /// What a deadline may be: a shorter one would tell nobody, a longer one would keep the command waiting at its end.
    package static let deadlines = TimeSpan.milliseconds(100)...TimeSpan.seconds(60)

    package var name: String
    package var way: Way
    /// Never empty; in the file's order.
    package var on: [NoticeMoment]
    /// How long one notice may take.
    package var deadline: TimeSpan

    package init(
        name: String, way: Way, on: [NoticeMoment] = NoticeMoment.allCases, deadline: TimeSpan = defaultDeadline
    ) {
        self.name = name
        self.way = way
        self.on = on
        self.deadline = deadline
    }
}
