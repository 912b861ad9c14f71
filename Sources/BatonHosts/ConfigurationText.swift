import BatonEngine

/// The text of the few PostgreSQL files that Baton writes. Pure.
enum ConfigurationText {
    /// `postgresql.auto.conf` with some settings replaced. Names compare without case, as in PostgreSQL; all earlier lines
    /// of a setting go, because the last one would win anyway. Nil removes a setting.
    static func replacing(
        _ settings: [(name: String, value: String?)], in text: String
    ) throws(HostError) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        for setting in settings {
            guard isName(setting.name) else { throw .refused("\(setting.name) is not the name of a setting") }
            let name = setting.name.lowercased()
            lines.removeAll { settingName(ofLine: $0)?.lowercased() == name }
            if let value = setting.value {
                guard !value.contains(where: \.isNewline) else {
                    throw .refused("the value of \(setting.name) holds a line break")
                }
                lines.append("\(setting.name) = '\(quoted(value))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
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
    static func passwordFile(host: String, port: Int, user: String, password: String) throws(HostError) -> String {
        let fields = [host, "\(port)", "*", user, password]
        guard !fields.contains(where: { $0.contains(where: \.isNewline) }) else {
            throw .refused("a field of the password file holds a line break")
        }
        return fields.enumerated().map { index, field in index == 2 ? field : escaped(field) }
            .joined(separator: ":") + "\n"
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

    private static func settingName(ofLine line: String) -> Substring? {
        let name = line.drop { $0 == " " || $0 == "\t" }.prefix { isNameCharacter($0) }
        return name.isEmpty ? nil : name
    }

    private static func isName(_ text: String) -> Bool { !text.isEmpty && text.allSatisfy(isNameCharacter) }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_.$".contains(character))
    }
}
