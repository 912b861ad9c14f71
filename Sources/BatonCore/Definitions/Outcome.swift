/// What a performer reports of its own doing. Only an observation settles whether the effect is there.
package enum PerformOutcome: Hashable, Codable, Sendable {
    /// The system said yes; the words are evidence for the record.
    case succeeded(String)
    /// Proved not to have happened: refused, or never reached the system.
    case failed(String)
    /// May or may not have happened: timed out, connection lost.
    case unknown(String)
    /// Was not sent, because this process may not act any more; it is never tried again by it.
    case barred(String)
}

/// How a step ended for one target.
package enum StepOutcome: Hashable, Codable, Sendable {
    case done(evidence: String)
    case failed(String)
    case unknown(String)
    case skipped(String)
    case undone(String)
    /// Was already as the step wants it; nothing was sent.
    case adopted(evidence: String)

    /// The word of reports and JSON.
    package var word: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .unknown: "unknown"
        case .skipped: "skipped"
        case .undone: "undone"
        case .adopted: "adopted"
        }
    }

    /// The reason or the evidence.
    package var text: String {
        switch self {
        case .done(let text), .failed(let text), .unknown(let text), .skipped(let text), .undone(let text),
            .adopted(let text):
            text
        }
    }
}
