internal import BatonCore

/// The page that lists a directory's runbooks.
package enum RunbookIndex {
    package static let fileName = "README.md"

    /// - Parameter runbooks: in the order in which they are listed.
    package static func page(_ runbooks: [Runbook]) -> String {
        var page = MarkdownPage()
        page.heading(1, "Runbooks")
        page.paragraph(
            MarkdownText(stringLiteral: Runbook.mark)
                + " One page for each playbook and each site that it can lead to; `baton docs --check` says which is older "
                + "than its plan.")
        page.table(
            ["page", "playbook", "SHA-256 of the playbook", "topology", "SHA-256 of the topology"],
            runbooks.map { runbook in
                let plan = runbook.plan
                return [
                    "[\(runbook.title)](\(link: runbook.fileName))", "\(plan.playbook.name)",
                    "`\(plan.playbook.sha256)`", "\(plan.topologyFile.name)", "`\(plan.topologyFile.sha256)`",
                ]
            })
        return page.text
    }
}

extension MarkdownText.StringInterpolation {
    /// A link's destination. File names are made of names, which need no escaping.
    fileprivate mutating func appendInterpolation(link name: String) { appendLiteral(name) }
}
