/// Which lines of a file may hold a secret that somebody wrote in plain. Such lines, keys and values are never shown.
enum SecretLines {
    /// How a reference to a secret begins.
    static let references = ["file:", "env:", "command:"]

    private static let marks = ["passw", "pasw", "passp", "psw", "pwd", "secret", "token", "credential"]

    /// Found without understanding the text, for it may be broken: lines that name a secret and hold anything but a
    /// reference, and the lines indented further below them.
    static func suspected(in lines: [String]) -> Set<Int> {
        var hidden: Set<Int> = []
        /// The indentation of a line whose secret may go on in the lines after it.
        var openIndent: Int?
        for (index, line) in lines.enumerated() {
            let indent = line.utf8.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
            if let open = openIndent {
                if indent > open || indent == line.utf8.count {
                    hidden.insert(index + 1)
                } else {
                    openIndent = nil
                }
            }
            if isSuspect(line) {
                hidden.insert(index + 1)
                openIndent = min(openIndent ?? indent, indent)
            }
        }
        return hidden
    }

    /// Hides the lines of every value that stands where a secret belongs and is not a reference, also under a misspelt key.
    static func hide(in value: YAMLValue, _ complaints: Complaints) {
        switch value.content {
        case .scalar: return
        case .sequence(let values): for value in values { hide(in: value, complaints) }
        case .mapping(let entries):
            for (index, entry) in entries.enumerated() {
                hide(in: entry.value, complaints)
                guard namesSecret(entry.key) else { continue }
                if case .scalar(let text, _) = entry.value.content, references.contains(where: text.hasPrefix) {
                    continue
                }
                // A text may go on over lines that its content no longer shows; the next entry begins behind it.
                let next = index + 1 < entries.count ? entries[index + 1].position.line - 1 : entry.value.lastLine + 1
                complaints.hide(entry.position.line...max(entry.position.line, entry.value.lastLine, next))
            }
        }
    }

    /// A key inside a complaint. Where a colon or a space is missing, the secret itself may have become part of the key.
    static func shownKey(_ key: String) -> String {
        if isNearPassword(key) || !namesSecret(key) { return shown(key) }
        return "that names a secret"
    }

    /// The line names a secret, and behind any of its names stands something other than a reference.
    private static func isSuspect(_ line: String) -> Bool {
        let bytes = Array(line.lowercased().utf8)
        for end in nameEnds(bytes) {
            guard let colon = bytes[end...].firstIndex(of: UInt8(ascii: ":")) else { return true }
            let value = bytes[(colon + 1)...].drop { " \t\"'".utf8.contains($0) }
            if !references.contains(where: { value.starts(with: $0.utf8) }) { return true }
        }
        return false
    }

    private static func namesSecret(_ key: String) -> Bool {
        let bytes = Array(key.lowercased().utf8)
        return !nameEnds(bytes).isEmpty || ["pass", "key", "pw"].contains(key.lowercased())
    }

    private static func isNearPassword(_ key: String) -> Bool {
        editDistance(key, "password") <= 2 || editDistance(key, "stats-password") <= 2
    }

    /// Where the names of secrets end: the marks, and words that are nearly `password`.
    private static func nameEnds(_ bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        for mark in marks {
            let mark = Array(mark.utf8)
            guard bytes.count >= mark.count else { continue }
            for start in 0...(bytes.count - mark.count) where bytes[start] == mark[0] {
                if bytes[start..<start + mark.count].elementsEqual(mark) { ends.append(start + mark.count) }
            }
        }
        var start = 0
        for end in 0...bytes.count {
            let isInWord = end < bytes.count && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[end])
            if isInWord { continue }
            let word = bytes[start..<end]
            if (4...12).contains(word.count), editDistance(String(decoding: word, as: UTF8.self), "password") <= 3 {
                ends.append(end)
            }
            start = end + 1
        }
        return ends
    }
}
