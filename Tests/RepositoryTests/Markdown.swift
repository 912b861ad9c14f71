/// A Markdown file, as far as the tests read one.
struct Markdown {
    var path: String
    var text: String

    init(_ path: String) throws {
        self.path = path
        text = try Repository.text(path)
    }

    init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// The lines of fenced blocks, and the inline spans of code.
    var code: [String] {
        var found: [String] = []
        var isFenced = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isFenced.toggle()
            } else if isFenced {
                found.append(String(line))
            } else {
                found += line.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
            }
        }
        return found
    }

    /// Targets of links to files, from the root; without anchors.
    var links: [String] {
        let directory = path.split(separator: "/").dropLast().map(String.init)
        return text.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.output.1) }
            .filter { !$0.contains("://") && !$0.hasPrefix("#") && !$0.hasPrefix("mailto:") }
            .map { target in
                var parts = directory
                for part in target.prefix(while: { $0 != "#" }).split(separator: "/") {
                    switch part {
                    case ".": continue
                    case "..": if !parts.isEmpty { parts.removeLast() }
                    default: parts.append(String(part))
                    }
                }
                return parts.joined(separator: "/")
            }
    }
}
