internal import BatonCore

extension Runbook {
    func addHeader(to page: inout MarkdownPage) {
        page.heading(1, title)
        // Behind a word of ours: at a line's beginning a text could be a list or a block.
        page.paragraph("**Why:** \(plan.why)")
        page.table(
            ["made from", "name", "SHA-256"],
            [
                ["playbook", "\(plan.playbook.name)", "`\(plan.playbook.sha256)`"],
                ["topology", "\(plan.topologyFile.name)", "`\(plan.topologyFile.sha256)`"],
            ])
        page.paragraph(
            MarkdownText(stringLiteral: Self.mark)
                + " When `sha256sum` of the two files says something else, this page is older than they are.")
    }

    func addUse(to page: inout MarkdownPage) {
        page.heading(2, "When to use it, and when not")
        let (old, new) = (scope.binding.old, scope.binding.new)
        switch plan.mode {
        case .planned:
            page.list([
                "**Use it** for a move that nobody is forced to make: maintenance, a drill, the way back. \(old) must be a "
                    + "healthy primary and \(new) a standby that streams from it.",
                "**Not** when \(old) or its host is down, or cannot be reached: without its last checkpoint nobody can prove "
                    + "that nothing is lost. That is a failover.",
                "**Not** while another run of this cluster has not ended: `baton status` tells.",
                "**Not** when \(new) is the primary already: this page is for the other direction then.",
            ])
        case .emergency:
            page.list([
                "**Use it** when \(old) is lost, or nobody can trust it any more, and waiting costs more than the writes that "
                    + "may be lost.",
                "**Not** while \(old) is healthy: a planned switchover loses nothing.",
                "**Not** on silence alone: a primary that you cannot reach may still take writes.",
            ])
        case .rejoin:
            page.list(["**Use it** when \(old) was lost, \(new) serves, and \(old) is to follow it."])
        }
    }

    func addRoles(to page: inout MarkdownPage) {
        page.heading(2, "Who is who")
        page.paragraph(
            """
            Assumed from the topology: Baton asks the nodes, and so do you. If it is otherwise, stop and read the page of the \
            other direction.
            """)
        func nodes(_ targets: [Target]) -> MarkdownText {
            .joined(
                targets.map { target in
                    guard let node = plan.topology.node(target.name) else { return "\(target.name)" }
                    return "**\(node.name)** (site \(node.site), \(node.host) port \(node.port))"
                })
        }
        var rows: [[MarkdownText]] = [
            ["old", "the primary before", nodes([scope.old])], ["new", "the primary afterwards", nodes([scope.new])],
        ]
        if !scope.others.isEmpty {
            rows.append(["others", "standbys that change sides", nodes(scope.targets(of: .others))])
        }
        if !plan.topology.poolers.isEmpty {
            let poolers = plan.topology.poolers.map { pooler -> MarkdownText in
                "**\(pooler.name)** (site \(pooler.site), \(pooler.host) port \(pooler.port))"
            }
            rows.append(["poolers", "where clients connect", .joined(poolers)])
        }
        if !plan.topology.routes.isEmpty {
            let routes = plan.topology.routes.map { route -> MarkdownText in
                "**\(route.name)** (through \(route.through), database \(route.database), user \(route.user))"
            }
            rows.append(["routes", "how clients arrive", .joined(routes)])
        }
        page.table(["role", "meaning", "who"], rows)
        if plan.candidates.count > 1 {
            page.paragraph(
                "Nodes that could become new, best first: \(MarkdownText.joined(plan.candidates.map { "\($0)" })).")
        }
    }

    func addObjectives(to page: inout MarkdownPage) {
        page.heading(2, "Objectives and limits")
        var rows: [[MarkdownText]] = []
        if let pause = plan.objectives.writePause {
            rows.append(["write pause", "\(Self.plain(pause))", "longest gap between two acknowledged writes"])
        }
        if let recovery = plan.objectives.recoveryTime {
            rows.append(["recovery time", "\(Self.plain(recovery))", "until the first write that new acknowledges"])
        }
        if let point = plan.objectives.recoveryPoint {
            rows.append(["recovery point", "\(point.description)", "most log that may be lost"])
        }
        let limits = plan.limits
        rows.append([
            "freeze", "\(Self.plain(limits.freeze))", "clients wait no longer than this, from the first PAUSE on",
        ])
        rows.append([
            "undo reserve", "\(Self.plain(limits.undoReserve))",
            "so long before the end of the freeze one must begin to take back what is not promoted",
        ])
        page.table(["bound", "value", "meaning"], rows)
    }

    func addDiagram(to page: inout MarkdownPage) {
        let diagram = StateDiagram(plan, catalogue)
        page.heading(2, "How a run goes")
        page.paragraph(
            """
            Drawn from the machine that runs this plan: it was played once with everything well, and once for each way in \
            which each step can fail.
            """)
        page.fence("mermaid", diagram.mermaid)
        page.list(diagram.rules.map { "`\($0.rawValue)`: \($0.why)" })
    }

    func addPreparation(to page: inout MarkdownPage) {
        page.heading(2, "Before you type")
        var items: [MarkdownText] = [
            "Every block is for a POSIX shell and stands for itself. `psql` must be in the `PATH`.",
            """
            *Host of a node, as the owner of its data directory* means: `sudo -u` that owner. PostgreSQL's programs refuse to \
            run as root, and a file that root writes there keeps the server from starting.
            """,
            """
            No password stands here. Each command reads its own where the topology says that it is kept, and shows it to \
            nobody.
            """,
            "The conditions of a step come first. What is otherwise than it should be is a reason to stop, not to hurry.",
        ]
        let variables = plan.secretVariables
        if !variables.isEmpty {
            items.append(
                "Secrets are expected in \(MarkdownText.joined(variables.map { "\(code: "$" + $0)" })) of your shell.")
        }
        page.list(items)
        var lines = ["export PAGER=cat"]
        if let directory {
            page.paragraph(
                """
                Paths that the topology gives relative to its own file begin here with \(code: "$" + directory.variable). \
                Set it to the directory of the topology's file, on each host and in each shell: an absolute path, without \
                quotes in it. For Baton's lab that is `.baton/lab`.
                """)
            lines.append(": \"${\(directory.variable):?set it to the directory of the topology's file}\"")
        }
        page.fence("sh", lines)
    }
}

extension Plan {
    /// Names of the environment variables that hold secrets, each once.
    fileprivate var secretVariables: [String] {
        let references =
            topology.nodes.map(\.password) + topology.poolers.map(\.password) + topology.routes.map(\.password)
        var names: [String] = []
        for reference in references {
            if case .environment(let name)? = reference, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
