import BatonEngine

/// The text of the few PostgreSQL files that Baton writes. Pure.
enum ConfigurationText {
    /// What a line begins with that an overlay keeps, and the mark of a setting that had no line.
    private static let (kept, absent) = ("#baton keeps: ", "#baton keeps none: ")

    /// `postgresql.auto.conf` with some settings replaced. Names compare without case, as in PostgreSQL; all earlier lines
    /// of a setting go, because the last one would win anyway, and what an overlay kept of it. Nil removes a setting.
    static func replacing(
        _ settings: [(name: String, value: String?)], in text: String
    ) throws(HostError) -> String {
        var lines = lines(of: text)
        for setting in settings {
            let name = try name(of: setting.name)
            lines.removeAll { settingName(ofLine: $0) == name || keptName(ofLine: $0) == name }
            if let value = setting.value { lines.append(try line(setting.name, value)) }
        }
        return joined(lines)
    }

    /// The same for a while: the lines that were there stay as comments.
    static func overlaying(_ settings: [(name: String, value: String)], on text: String) throws(HostError) -> String {
        var lines = lines(of: text)
        for setting in settings {
            let name = try name(of: setting.name)
            if lines.contains(where: { keptName(ofLine: $0) == name }) {
                lines.removeAll { settingName(ofLine: $0) == name }
            } else if lines.contains(where: { settingName(ofLine: $0) == name }) {
                lines = lines.map { settingName(ofLine: $0) == name ? kept + $0 : $0 }
            } else {
                lines.append(absent + name)
            }
            lines.append(try line(setting.name, setting.value))
        }
        return joined(lines)
    }

    /// Undoes `overlaying`; without effect where there is no overlay.
    static func restoring(_ text: String) -> String {
        guard hasOverlay(text) else { return text }
        let lines = lines(of: text)
        let names = Set(lines.compactMap(keptName))
        return joined(
            lines.compactMap { line in
                if line.hasPrefix(absent) { return nil }
                if line.hasPrefix(kept) { return String(line.dropFirst(kept.count)) }
                return settingName(ofLine: line).map(names.contains) == true ? nil : line
            })
    }

    static func hasOverlay(_ text: String) -> Bool { lines(of: text).contains { keptName(ofLine: $0) != nil } }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

    private static func name(of setting: String) throws(HostError) -> String {
        guard isName(setting) else { throw .refused("\(setting) is not the name of a setting") }
        return setting.lowercased()
    }

    private static func line(_ name: String, _ value: String) throws(HostError) -> String {
        guard !value.contains(where: \.isNewline) else { throw .refused("the value of \(name) holds a line break") }
        return "\(name) = '\(quoted(value))'"
    }

    /// The setting of which an overlay keeps the line, or that it had none.
    private static func keptName(ofLine line: String) -> String? {
        if line.hasPrefix(absent) { return String(line.dropFirst(absent.count)) }
        return line.hasPrefix(kept) ? settingName(ofLine: String(line.dropFirst(kept.count))) : nil
    }

    /// The value that the last line of a setting gives it (PostgreSQL, "Setting Parameters via the Configuration File"); nil
    /// where no line does. What `include` brings in is not looked at.
    static func value(of name: String, in text: String) -> String? {
        var found: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let setting = settingName(ofLine: String(line)), setting.lowercased() == name else { continue }
            var rest = line.drop { $0 == " " || $0 == "\t" }.dropFirst(setting.count)
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.first == "=" { rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" } }
            found = rest.first == "'" ? unquoted(rest.dropFirst()) : String(rest.prefix { !" \t#".contains($0) })
        }
        return found
    }

    /// Up to the closing quote; `''` and a backslash stand for what follows.
    private static func unquoted(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            if character == "'" {
                guard rest.first == "'" else { break }
                rest.removeFirst()
                result.append("'")
            } else if character == "\\", let next = rest.popFirst() {
                result.append(next)
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// One line of a libpq password file; `:` and `\` in a field are escaped (libpq, "The Password File"). Any database,
    /// because a replication connection names none.
    static func passwordLine(host: String, port: Int, user: String, password: String) throws(HostError) -> String {
        let fields = [host, "\(port)", "*", user, password]
        guard !fields.contains(where: { $0.contains(where: \.isNewline) }) else {
            throw .refused("a field of the password file holds a line break")
        }
        return fields.enumerated().map { index, field in index == 2 ? field : escaped(field) }
            .joined(separator: ":")
    }

    /// A password file with a line that replaces the one for the same host, port and user; others stay.
    static func adding(_ line: String, to text: String) -> String {
        let place = place(ofPasswordLine: line)
        return joined(lines(of: text).filter { Self.place(ofPasswordLine: $0) != place } + [line])
    }

    /// A password line without its password: up to the fourth colon that is not escaped.
    private static func place(ofPasswordLine line: String) -> String {
        var (place, colons, isEscaped) = ("", 0, false)
        for character in line {
            if character == ":", !isEscaped { colons += 1 }
            if colons == 4 { break }
            isEscaped = character == "\\" && !isEscaped
            place.append(character)
        }
        return place
    }

    private static func quoted(_ value: String) -> String {
        var result = ""
        for character in value {
            if character == "'" || character == "\\" { result.append(character) }
            result.append(character)
        }
        return result
    }

    private static func escaped(_ field: String) -> String {
        var result = ""
        for character in field {
            if character == ":" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result
    }

    private static func settingName(ofLine line: String) -> String? {
        let name = line.drop { $0 == " " || $0 == "\t" }.prefix { isNameCharacter($0) }
        return name.isEmpty ? nil : name.lowercased()
    }

    private static func isName(_ text: String) -> Bool { !text.isEmpty && text.allSatisfy(isNameCharacter) }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_.$".contains(character))
    }
}
