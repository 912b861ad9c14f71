package import BatonCore

extension ProofReport {
    /// The proof for people: what breaks first, with the story of the shortest run that breaks it; the verdict last.
    ///
    /// - Parameters:
    ///   - file: the playbook's path, as it was given.
    ///   - took: how long the exploration took; nil leaves it out.
    package func document(file: String, took: TimeSpan? = nil) -> TextDocument {
        var document = TextDocument()
        document.prose("prove \(playbook.name) on \(topology.name), to \(to)")
        for violation in violations { add(violation, file: file, to: &document) }
        document.blank()
        document.prose("Taken for granted:", .faint)
        for assumption in assumptions { document.prose(assumption, first: Span("  · ", .faint), .faint) }
        document.blank()
        let time = took.map { " in \($0)" } ?? ""
        document.prose(
            "\(runs) runs, \(states) states, up to \(depth) \(depth == 1 ? "thing goes" : "things go") wrong in one run\(time).",
            .faint)
        if proved {
            document.add("✓ Every promise holds in every state.", .good)
        } else if violations.isEmpty {
            document.add("✗ Not everything was tried.", .bad)
        } else {
            let lines = Set(violations.compactMap(\.line)).sorted().map { "\($0)" }
            document.prose(
                "✗ \(violations.count) \(violations.count == 1 ? "promise does" : "promises do") not hold"
                    + (lines.isEmpty
                        ? "." : "; look at line\(lines.count == 1 ? "" : "s") \(lines.joined(separator: ", "))."),
                .bad)
        }
        return document
    }

    private func add(_ violation: Violation, file: String, to document: inout TextDocument) {
        document.blank()
        let place = violation.line.map { "\(file):\($0): " } ?? ""
        document.prose("\(place)\(violation.invariant): \(violation.what)", first: Span("✗ ", .bad))
        if let step = violation.step { document.prose("step \(step)", first: Span("  "), .faint) }
        if violation.faults.isEmpty { document.prose("nothing need go wrong for it", first: Span("  ")) }
        for fault in violation.faults { document.prose(fault, first: Span("  when "), .normal) }
        document.add(violation.timeline)
    }
}
