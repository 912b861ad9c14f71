/// What differs between two texts, as `diff -u` shows it.
package enum UnifiedDiff {
    private static let context = 3

    /// The hunks with their two header lines; empty where nothing differs.
    package static func text(of old: String, to new: String, names: (old: String, new: String)) -> String {
        let (before, after) = (lines(old), lines(new))
        let edits = edits(before, after)
        let changed = edits.indices.filter { edits[$0].sign != " " }
        guard !changed.isEmpty else { return "" }
        var result = ["--- \(names.old)", "+++ \(names.new)"]
        var index = 0
        while index < changed.count {
            let start = max(0, changed[index] - context)
            var end = changed[index]
            // Hunks whose contexts touch are one.
            while index < changed.count, changed[index] <= end + 2 * context {
                end = changed[index]
                index += 1
            }
            result += hunk(edits, start...min(edits.count - 1, end + context))
        }
        return result.joined(separator: "\n") + "\n"
    }

    private struct Edit {
        var sign: Character
        var line: String
        /// Lines of each text before this one.
        var old: Int
        var new: Int
    }

    private static func hunk(_ edits: [Edit], _ range: ClosedRange<Int>) -> [String] {
        let part = edits[range]
        let (old, new) = (part.count { $0.sign != "+" }, part.count { $0.sign != "-" })
        let first = edits[range.lowerBound]
        // An empty range is named by the line before it.
        let head = "@@ -\(first.old + (old == 0 ? 0 : 1)),\(old) +\(first.new + (new == 0 ? 0 : 1)),\(new) @@"
        return [head] + part.map { "\($0.sign)\($0.line)" }
    }

    private static func edits(_ before: [String], _ after: [String]) -> [Edit] {
        let difference = after.difference(from: before)
        var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var edits: [Edit] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if removed.contains(old) {
                edits.append(Edit(sign: "-", line: before[old], old: old, new: new))
                old += 1
            } else if inserted.contains(new) {
                edits.append(Edit(sign: "+", line: after[new], old: old, new: new))
                new += 1
            } else {
                edits.append(Edit(sign: " ", line: before[old], old: old, new: new))
                old += 1
                new += 1
            }
        }
        return edits
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
