/// What a code means, for somebody who met it: more than fits beside the line it is about.
package struct Explanation: Hashable, Sendable {
    /// What the complaint says, in one or two sentences.
    package var meaning: String
    /// Why Baton refuses it, or warns: what would go wrong.
    package var why: String
    /// A passage that is complained about: a whole file, or the lines that matter of one.
    package var wrong: String?
    /// The same passage as it loads.
    package var right: String?
    /// What happened somewhere because of it.
    package var incident: String?

    package init(
        meaning: String, why: String, wrong: String? = nil, right: String? = nil, incident: String? = nil
    ) {
        self.meaning = meaning
        self.why = why
        self.wrong = wrong
        self.right = right
        self.incident = incident
    }
}

extension ComplaintCode {
    /// One dictionary for each family of codes, in the order in which the codes stand.
    private static let explanations = [
        fileExplanations, valueExplanations, stepExplanations, orderExplanations, clientExplanations,
        undoExplanations, workExplanations, timeExplanations, endExplanations, lostSiteExplanations,
        scenarioExplanations, topologyExplanations,
    ]

    /// Nil for no code: a test sees to it.
    package var explanation: Explanation? {
        for family in Self.explanations {
            if let explanation = family[self] { return explanation }
        }
        return nil
    }
}
