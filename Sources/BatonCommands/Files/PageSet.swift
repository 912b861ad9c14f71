/// A generated page, as it should be.
struct Page {
    /// Below the directory of the pages.
    var name: String
    var text: String
}

/// All pages that one command writes into a directory.
struct PageSet {
    var pages: [Page]
    /// Stands in every page that the command wrote, and in no other.
    let mark: String
    /// What a page is made from, in a word.
    let source: String
    /// Whether pages that are not made any more are removed. Other playbooks' runbooks may lie in the same directory.
    let removesLeftovers: Bool

    /// Writes every page that is not what it should be; before that it is seen that none of them is somebody's own.
    func write(_ report: DocsReport, to directory: PageDirectory) throws {
        if let foreign = pages.first(where: { directory.text(of: $0.name)?.contains(mark) == false }) {
            throw CommandProblem(
                .error, "\(directory.path)/\(foreign.name) was not written by baton docs, and is not replaced",
                remedy: "give another directory with -o, or move the file away")
        }
        for page in pages where report.pages.contains(where: { $0.file == page.name && $0.state == .written }) {
            try directory.write(page.text, to: page.name)
        }
        for entry in report.pages where entry.state == .removed { directory.remove(entry.file) }
    }
}
