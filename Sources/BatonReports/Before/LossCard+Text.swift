package import BatonCore

extension LossCard {
    /// What becomes of sequences (src/backend/commands/sequence.c: `SEQ_LOG_VALS` values are logged ahead).
    var sequenceWords: String {
        let skips = "a sequence may skip up to 32 values (SEQ_LOG_VALS), or as many as its cache"
        if isNothing { return "\(skips); none is handed out twice" }
        return "\(skips); values that \(old) handed out after its last record that \(new) has may be handed out again, "
            + "also where somebody outside has seen them"
    }

    /// What synchronous replication guarantees, as far as anybody knows.
    var guaranteeWords: String {
        guard let synchronous else {
            return "nothing is known: only \(old) knew whom it waited for"
        }
        guard let names = synchronous.values.first, !names.isEmpty else {
            return "none: \(old) waited for no standby before it acknowledged a commit"
        }
        return "\(old) waited for \"\(names)\": what it acknowledged with synchronous_commit = on or above is on as "
            + "many of them as that asks for; a session that set it lower (local, off) was not waited for"
    }

    /// What the loss may be, in words that are never smaller than what is known.
    var boundWords: String {
        if isNothing { return "nothing is lost: \(old) shut down cleanly, and \(new) has its last record" }
        let count: String
        if let transactions {
            count = ", \(transactions) transactions at most"
        } else if let leastTransactions {
            count = ", \(leastTransactions) transactions at least"
        } else {
            count = onDisk?.commits == 0 ? ", no whole commit in it" : ", transactions not countable"
        }
        if let bytes { return "\(ByteCount(Int64(clamping: bytes))) (\(bytes) bytes) of log\(count)" }
        if let onDisk, onDisk.isFinal, onDisk.bytes > 0 {
            return "\(ByteCount(Int64(clamping: onDisk.bytes))) (\(onDisk.bytes) bytes) of log lie on the disk of "
                + "\(onDisk.node ?? old), which does not run\(count)"
        }
        let least = leastBytes.map { "at least \(ByteCount(Int64(clamping: $0))) (\($0) bytes) of log" }
        return "\(least ?? "not known: nobody can say how much \(old) wrote since")\(count)"
    }

    private static func ago(_ age: TimeSpan?) -> String { age.map { ", known for \($0)" } ?? "" }

    /// The card for people, with a heading; the bound stands first.
    func add(to document: inout TextDocument) {
        document.prose("what a promotion of \(new) may lose", first: Span("loss card  ", .strong), .strong)
        func line(_ name: String, _ text: String, _ tone: Tone = .normal) {
            let rest = String(repeating: " ", count: max(1, 11 - DisplayText.width(name)))
            document.prose(text, first: Span("  " + name + rest), tone)
        }
        line("lost", boundWords, isNothing ? .good : .warning)
        if !isNothing {
            line(
                "in time",
                time.map { "writes of the last \($0) may be missing" } ?? "nobody knows since when writes are missing")
        }
        for survivor in survivors { line(survivor.node, words(of: survivor)) }
        if let known = lastKnown {
            line(
                old,
                "\(known.isEnd ? "ended at" : "had come to") \(known.position)\(known.isEnd ? "" : " at least"), by "
                    + known.source + Self.ago(known.age))
        } else {
            line(old, "nobody knows how far it had come")
        }
        if let lag {
            line(
                "right now",
                "if \(old) went down this instant, \(ByteCount(Int64(clamping: lag.bytes))) of log would be lost (asked "
                    + "\(lag.age) ago)")
        }
        line("guarantee", guaranteeWords + source(synchronous))
        line("slots", slotWords)
        line("sequences", sequenceWords)
    }

    private func words(of survivor: Survivor) -> String {
        let replayed = survivor.replayed.map { "replayed \($0)" } ?? "replayed nothing since its start"
        let commit =
            survivor.lastCommitAge.map { age in
                "its newest commit is \(age) old\(survivor.lastCommitAt.map { " (\($0))" } ?? "")"
            } ?? "it has replayed no commit since its start"
        let heard: String
        if let age = survivor.heardAge, let end = survivor.heardEnd {
            heard = "it heard \(end) from \(old) \(age) ago"
        } else {
            heard = "its receiver has ended, so nobody knows when it last heard of \(old)"
        }
        return "received \(survivor.received), \(replayed), timeline \(survivor.timeline); \(commit); \(heard)"
    }

    private var slotWords: String {
        guard let logicalSlots else { return "nothing is known of logical slots; those of \(old) are lost with it" }
        if logicalSlots.values.isEmpty { return "\(old) had no logical slot\(source(logicalSlots))" }
        return "lost with \(old): \(logicalSlots.values.joined(separator: ", "))\(source(logicalSlots))"
    }

    private func source(_ told: Told?) -> String {
        told.map { " (\($0.source)\($0.age.map { ", \($0) ago" } ?? ""))" } ?? ""
    }
}

/// The card by itself: what a person is shown before they are asked.
package enum LossCardText {
    package static func document(_ card: LossCard) -> TextDocument {
        var document = TextDocument()
        card.add(to: &document)
        return document
    }
}
