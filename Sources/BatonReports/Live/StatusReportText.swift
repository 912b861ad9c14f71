internal import BatonCore

extension StatusReport {
    /// The status for people.
    package func document() -> TextDocument {
        var document = TextDocument()
        if let cluster { add(cluster, to: &document) }
        if runs.isEmpty {
            document.blank()
            document.add("No run is unfinished.")
        }
        for run in runs { add(run, to: &document) }
        for node in lostNodes {
            document.blank()
            document.prose("\(node.owed) (run \(node.run) on \(node.topology))", first: Span("owed: ", .warning))
            document.command(node.next, first: "  next: ")
        }
        return document
    }

    private func add(_ cluster: ClusterStatus, to document: inout TextDocument) {
        document.add(cluster.topology, .strong)
        if cluster.writers.count > 1 {
            document.prose(
                "SPLIT BRAIN: \(cluster.writers.joined(separator: " and ")) accept writes", first: Span("! ", .bad),
                .bad)
            if let judge = cluster.judge { document.command(judge, first: "  next: ") }
        }
        var table = TextTable([.left, .left, .left, .right, .right, .right, .left])
        table.head("node", "site", "role", "timeline", "replay lag", "age", "")
        for node in cluster.nodes {
            let tone: Tone =
                switch node.role {
                case .primary: .good
                case .standby: .normal
                case .down, .unknown: .bad
                }
            table.add(
                Span(node.name), Span(node.site), Span(node.role.rawValue, tone),
                Span(node.timeline.map { "\($0)" } ?? "-"),
                Span(node.replayLagBytes.map { ByteCount($0).description } ?? "-"),
                Span(node.ageMs.map { TimeSpan(reportedMilliseconds: $0).description } ?? "-"),
                Span(node.detail ?? ""))
        }
        document.add(table.lines())
        for command in cluster.next { document.command(command, first: "  bring back: ") }
        guard !cluster.poolers.isEmpty else { return }
        var poolers = TextTable([.left, .left, .left, .left])
        poolers.head("pooler", "site", "leads to", "clients")
        for pooler in cluster.poolers {
            let clients = pooler.paused.map { $0 ? Span("wait", .bad) : Span("served", .good) } ?? Span("unknown", .bad)
            poolers.add(Span(pooler.name), Span(pooler.site), Span(pooler.leadsTo ?? "unknown"), clients)
        }
        document.add(poolers.lines())
    }

    private func add(_ run: Run, to document: inout TextDocument) {
        document.blank()
        let tone: Tone =
            switch run.state {
            case .finished: .normal
            case .halted: .bad
            case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling: .warning
            }
        let phase = run.phase.map { " in \($0.rawValue)" } ?? ""
        document.prose("run \(run.run): \(run.state.rawValue)\(phase) since \(run.since)", tone)
        if run.frozen { document.add("  clients are frozen", .bad) }
        for step in run.open {
            document.prose("\(step.step) --on \(step.target): \(step.reason)", first: Span("  waits for: ", .warning))
        }
        for obligation in run.obligations {
            document.prose(obligation.owed, first: Span("  owed: ", .warning))
            document.command(obligation.release, first: "  release: ")
        }
        document.command(run.next, first: "  next: ")
        for command in run.byHand {
            document.command(command.command, first: "  by hand at \(command.place): ")
            if !command.expect.isEmpty { document.prose(command.expect, first: Span("    expect: "), .faint) }
        }
    }
}
