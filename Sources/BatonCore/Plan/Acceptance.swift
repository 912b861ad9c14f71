/// What a person accepts before an emergency begins, because nobody can prove better. It is part of the plan, so it is recorded
/// before the first change and named first in the report (I8).
package struct Acceptance: Hashable, Codable, Sendable {
    /// The loss that is accepted.
    package enum Loss: Hashable, Codable, Sendable {
        /// At most so many bytes of old's log.
        case bytes(UInt64)
        /// Whatever it is: nobody knows.
        case unknown
    }

    /// Nil: none. A promotion that may lose a write is refused then.
    package var loss: Loss?
    /// Nodes that nobody could fence. The routes still deny them.
    package var unfenced: [String]

    package init(loss: Loss? = nil, unfenced: [String] = []) {
        self.loss = loss
        self.unfenced = unfenced
    }
}

extension Acceptance.Loss {
    /// As the command line writes it.
    package var words: String {
        switch self {
        case .bytes(let most): "\(most)"
        case .unknown: "unknown"
        }
    }

    /// What a command line says; nil when it is neither a number of bytes nor `unknown`.
    package init?(words: String) {
        if words == "unknown" {
            self = .unknown
        } else if let most = UInt64(words) {
            self = .bytes(most)
        } else {
            return nil
        }
    }

    /// Whether it covers a loss of so many bytes; nil: nobody knows how many.
    package func covers(_ bytes: UInt64?) -> Bool {
        switch self {
        case .unknown: true
        case .bytes(let most): bytes.map { $0 <= most } ?? false
        }
    }
}
