/// The candidate that `word` most likely means: the fewest edits (insert, delete, replace, swap neighbours), and no more
/// than a third of the word's length; else the only one that the word begins or ends. Nil when nothing is near.
func nearest(_ word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, word.unicodeScalars.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(word, candidate)
        guard distance <= limit, distance < best?.distance ?? .max else { continue }
        best = (candidate, distance)
    }
    if let best { return best.word }
    let word = word.lowercased()
    guard word.unicodeScalars.count >= 3 else { return nil }
    let longer = candidates.filter { $0.lowercased().hasPrefix(word) || $0.lowercased().hasSuffix(word) }
    return longer.count == 1 ? longer.first : nil
}

/// The restricted Damerau–Levenshtein distance, without regard to case. Words longer than 64 scalars are never near.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.lowercased().unicodeScalars)
    let right = Array(right.lowercased().unicodeScalars)
    guard left.count <= 64, right.count <= 64 else { return .max }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
        var current = [row + 1]
        for column in 0..<right.count {
            var cost = min(current[column], last[column + 1]) + 1
            cost = min(cost, last[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}

/// `a`, `a or b`, `a, b or c`, each as code.
func alternatives(_ words: [String], _ or: String = "or") -> String {
    let quoted = words.map { "`\($0)`" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " \(or) " + last
}

/// A value of the file inside a sentence: as code, shortened, without anything that could disturb a terminal.
func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let short = printable(String(String.UnicodeScalarView(scalars.prefix(60))))
    return "`\(short)\(scalars.count > 60 ? "…" : "")`"
}

/// The text with every control character and line break replaced.
func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0 != "\t" && $0.isForbidden ? "\u{FFFD}" : $0 }))
}

extension String {
    /// A subject ("the node `a`") at the start of a sentence.
    var atStart: String { prefix(1).uppercased() + dropFirst() }
}

extension Unicode.Scalar {
    /// Control characters, line breaks that YAML 1.1 knows and editors do not show, and marks that reorder the text a
    /// reader sees. None of them belongs in a value.
    var isForbidden: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
