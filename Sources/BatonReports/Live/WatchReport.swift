package import BatonCore

/// What one look of `baton watch` found, and what was done about it: `watch/v1`.
package struct WatchReport: Codable, Hashable, Sendable {
    package static let format = "watch/v1"

    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        /// No node accepts writes that should not.
        case quiet
        /// A fenced node accepted writes and was fenced again.
        case fenced
        /// A node accepts writes that should not, and nobody fenced it.
        case splitBrain = "split-brain"
    }

    package struct Command: Codable, Hashable, Sendable {
        package var place: String
        package var command: String
        package var expect: String

        package init(_ command: ByHandCommand) {
            place = command.place
            self.command = ByHandRenderer.line(command)
            expect = command.expectation
        }
    }

    package var format: String
    package var topology: String
    package var at: WallTime
    package var verdict: Verdict
    /// What was found, as one sentence.
    package var reason: String
    package var nodes: [ClusterStatus.NodeStatus]
    /// Nodes that accept writes, as they were seen.
    package var writers: [String]
    /// The run whose record says who is right; null where there is none.
    @OrNull package var by: RunID?
    /// The node that it promoted.
    @OrNull package var right: String?
    /// The nodes that are fenced again when they come back.
    package var fenced: [String]
    /// The run that fenced a returned node now.
    @OrNull package var run: RunID?
    package var splitBrain: [ReportedSplitBrain]
    /// The next command for the operator; null where there is nothing to do.
    @OrNull package var next: String?
    /// What ends the split brain without Baton.
    package var byHand: [Command]

    package init(
        topology: String, at: WallTime, verdict: Verdict, reason: String, nodes: [ClusterStatus.NodeStatus],
        by: RunID? = nil, right: String? = nil, fenced: [String] = [], run: RunID? = nil,
        splitBrain: [ReportedSplitBrain] = [], next: String? = nil, byHand: [Command] = []
    ) {
        format = Self.format
        self.topology = topology
        self.at = at
        self.verdict = verdict
        self.reason = reason
        self.nodes = nodes
        writers = nodes.filter { $0.role == .primary }.map(\.name)
        self.by = by
        self.right = right
        self.fenced = fenced
        self.run = run
        self.splitBrain = splitBrain
        self.next = next
        self.byHand = byHand
    }

    package func document() -> TextDocument {
        var document = TextDocument()
        switch verdict {
        case .quiet: document.prose(reason, first: Span("✓ ", .good))
        case .fenced: document.prose(reason, first: Span("! ", .warning), .warning)
        case .splitBrain: document.prose("SPLIT BRAIN: \(reason)", first: Span("! ", .bad), .bad)
        }
        for one in splitBrain { document.prose("\(one.node): \(one.words)", first: Span("  ")) }
        for node in nodes {
            let detail = node.detail.map { " (\($0))" } ?? ""
            document.prose("\(node.name) at \(node.site): \(node.role.rawValue)\(detail)", first: Span("  "), .faint)
        }
        if let next { document.command(next, first: "  next: ") }
        for command in byHand {
            document.command(command.command, first: "  by hand at \(command.place): ")
            if !command.expect.isEmpty { document.prose(command.expect, first: Span("    expect: "), .faint) }
        }
        return document
    }
}
