/// One thing that an emergency would stand on if a site were gone, and whether it would be there.
package struct EvidenceReport: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// That a lost node writes no more.
        case fence
        /// How clients would come to new.
        case pooler
        /// Baton itself, names, secrets, notices and ways of clients that lead through the site.
        case dependency
    }

    package var kind: Kind
    /// The node, pooler or other thing of the topology; the complaint's code for a dependency.
    package var item: String
    /// Whether it would be there with the site gone; null: the files do not say.
    @OrNull package var survives: Bool?
    /// Whether it answers now, while everything works; null when it was not asked.
    @OrNull package var answersNow: Bool?
    package var detail: String
    /// What closes the gap; null where there is none.
    @OrNull package var remedy: String?

    package init(
        kind: Kind, item: String, survives: Bool?, answersNow: Bool?, detail: String, remedy: String?
    ) {
        self.kind = kind
        self.item = item
        self.survives = survives
        self.answersNow = answersNow
        self.detail = detail
        self.remedy = remedy
    }
}

/// A site that is assumed to be down, and what an emergency would lack then.
package struct AssumedLoss: Hashable, Sendable {
    package var site: String
    package var evidence: [EvidenceReport]

    package init(site: String, evidence: [EvidenceReport]) {
        self.site = site
        self.evidence = evidence
    }
}

extension EvidenceReport {
    /// The line for people.
    func add(to document: inout TextDocument) {
        let (mark, tone): (String, Tone) =
            switch survives {
            case true?: ("✓ ", .good)
            case false?: ("✗ ", .bad)
            case nil: ("? ", .warning)
            }
        document.prose("\(item): \(detail)", first: Span(mark, tone))
        if let remedy { document.prose(remedy, first: Span("  next: ")) }
    }
}
