import BatonReports

/// `docs/v1`: what each page was found to be.
struct DocsReport: Codable {
    enum State: String, Codable {
        /// As it should be.
        case current
        /// Was not there or older than what it is made from, and is written now.
        case written
        /// Older than what it is made from.
        case stale
        case missing
        /// A page that is not made any more.
        case leftover
        /// Such a page, and it is removed now.
        case removed
    }

    struct Entry: Codable {
        var file: String
        var state: State
        /// What writing it would change, as `diff -u` shows it; empty where nothing or the whole page would.
        var difference: String
    }

    var format = "docs/v1"
    /// Whether every page is what it should be.
    var current: Bool
    var pages: [Entry]

    /// - Parameter writes: whether the pages that are not current are about to be written.
    init(_ wanted: PageSet, in directory: PageDirectory, writes: Bool) {
        pages = wanted.pages.map { page in
            guard let found = directory.text(of: page.name) else {
                return Entry(file: page.name, state: writes ? .written : .missing, difference: "")
            }
            if found == page.text { return Entry(file: page.name, state: .current, difference: "") }
            return Entry(
                file: page.name, state: writes ? .written : .stale,
                difference: UnifiedDiff.text(
                    of: found, to: page.text,
                    names: ("\(page.name) as it is", "\(page.name) as its \(wanted.source) is")))
        }
        for name in directory.pages(except: Set(wanted.pages.map(\.name))) {
            // Somebody's own pages may lie beside them.
            guard directory.text(of: name)?.contains(wanted.mark) == true else { continue }
            let state = writes && wanted.removesLeftovers ? State.removed : .leftover
            pages.append(Entry(file: name, state: state, difference: ""))
        }
        current = pages.allSatisfy { $0.state == .current }
    }

    func text(in directory: String, madeFrom source: String) -> String {
        var lines: [String] = []
        for page in pages {
            let path = "\(directory)/\(page.file)"
            switch page.state {
            case .current: lines.append("\(path): current")
            case .written: lines.append("\(path): written")
            case .stale:
                lines.append("\(path): older than its \(source)")
                lines.append(page.difference)
            case .missing: lines.append("\(path): missing")
            case .removed: lines.append("\(path): removed, for it is no longer made")
            case .leftover: lines.append("\(path): no longer made from these files; remove it")
            }
        }
        return lines.joined(separator: "\n")
    }
}
