import BatonCore

/// What a run and its guard say to each other: a line each, and a packet each, so that none arrives in halves.
enum GuardLine: Hashable, Sendable {
    /// The guard watches from now on; its words are for the record.
    case ready(String)
    /// The guard gives up before it was ready, and why.
    case failed(String)
    /// The moment, on this machine's monotonic clock, past which a living owner is silent; nil: there is none.
    case until(Instant?)
    /// The run is at rest by its own decision.
    case dismissed

    /// The longest packet, in bytes.
    static let limit = 4_096

    var bytes: [UInt8] {
        let text =
            switch self {
            case .ready(let words): "ready \(Self.oneLine(words))"
            case .failed(let words): "failed \(Self.oneLine(words))"
            case .until(let limit?): "until \(limit.nanoseconds)"
            case .until(nil): "until none"
            case .dismissed: "dismissed"
            }
        return Array(text.utf8.prefix(Self.limit - 1)) + [UInt8(ascii: "\n")]
    }

    /// Nil for bytes that are no such line, such as a message of a program that is no guard.
    init?(_ bytes: some Sequence<UInt8>) {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        let parts = text.prefix { $0 != "\n" }.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count > 1 ? parts[1] : ""
        switch parts.first {
        case "ready": self = .ready(String(rest))
        case "failed": self = .failed(String(rest))
        case "until" where rest == "none": self = .until(nil)
        case "until":
            guard let nanoseconds = Int64(rest) else { return nil }
            self = .until(Instant(nanoseconds: nanoseconds))
        case "dismissed": self = .dismissed
        default: return nil
        }
    }

    private static func oneLine(_ words: String) -> String {
        words.split { $0.isNewline }.joined(separator: "; ")
    }
}
