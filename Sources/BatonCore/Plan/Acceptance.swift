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

    /// How a loss was accepted other than on the command line.
    package indirect enum Agreement: Hashable, Codable, Sendable {
        /// Somebody was shown the card at a terminal and typed the topology's name below it.
        case typed(by: String, at: WallTime, card: LossCard)
    }

    /// Nil: none. A promotion that may lose a write is refused then.
    package var loss: Loss?
    /// Nodes that nobody could fence. The routes still deny them.
    package var unfenced: [String]
    /// Nil when the loss was named on the command line, or none is accepted.
    package var agreement: Agreement?

    package init(loss: Loss? = nil, unfenced: [String] = [], agreement: Agreement? = nil) {
        self.loss = loss
        self.unfenced = unfenced
        self.agreement = agreement
    }
}

extension Acceptance {
    /// What was agreed to at a terminal: exactly the loss on that card.
    package init(typedBy person: String, at time: WallTime, below card: LossCard, unfenced: [String]) {
        self.init(
            loss: card.bytes.map { .bytes($0) } ?? .unknown, unfenced: unfenced,
            agreement: .typed(by: person, at: time, card: card))
    }

    package enum Coverage: Hashable, Sendable {
        case covered
        /// No loss is accepted.
        case nothingAccepted
        /// Why what is accepted is another loss, or less; a part of a sentence.
        case less(String)
    }

    /// Whether the loss on a card is accepted. A number covers what is proved, and what lies on the disk of a server of which
    /// no process is left; it never covers what nobody knows.
    package func coverage(of card: LossCard) -> Coverage {
        guard let loss else { return .nothingAccepted }
        if case .typed(_, _, let agreed)? = agreement, let why = agreed.difference(to: card) { return .less(why) }
        let known = card.bytes ?? (card.onDisk?.isFinal == true ? card.onDisk?.bytes : nil)
        if loss.covers(known) { return .covered }
        return .less(
            known == nil ? "a number does not cover what nobody knows" : "\(loss.words) bytes were accepted")
    }
}

extension LossCard {
    /// Why a person who agreed to this loss has not agreed to that one; nil when it is no greater.
    fileprivate func difference(to now: LossCard) -> String? {
        guard old == now.old, new == now.new else {
            return "the loss of \(old) for \(new) was agreed to, not of \(now.old) for \(now.new)"
        }
        if let had = candidate?.received, let has = now.candidate?.received, has < had {
            return "\(new) had \(had) when it was agreed to, and has \(has) now"
        }
        if let bytes {
            guard let other = now.bytes, other <= bytes else {
                return "\(amount) was agreed to"
            }
        } else if let onDisk, onDisk.isFinal, let other = now.onDisk, other.bytes > onDisk.bytes {
            return "\(amount) was agreed to, and the log on the disk of \(old) has grown since"
        }
        return nil
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

    /// Whether it covers a loss of so many bytes; nil: nobody knows how many.
    package func covers(_ bytes: UInt64?) -> Bool {
        switch self {
        case .unknown: true
        case .bytes(let most): bytes.map { $0 <= most } ?? false
        }
    }

    /// What a command line says: `unknown`, a number of bytes, or one with a unit (`16MiB`); nil when it is none of them.
    package init?(words: String) {
        if words == "unknown" {
            self = .unknown
            return
        }
        let digits = words.prefix { $0.isASCII && $0.isNumber }
        guard let count = UInt64(digits) else { return nil }
        let name = words.dropFirst(digits.count)
        guard let unit = name.isEmpty ? 1 : Units.sizes.first(where: { $0.name == name }).map({ UInt64($0.factor) })
        else { return nil }
        let (most, overflows) = count.multipliedReportingOverflow(by: unit)
        if overflows { return nil }
        self = .bytes(most)
    }
}
