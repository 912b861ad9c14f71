/// Text that came from a server, a file or a person, made safe for one line of a terminal.
enum DisplayText {
    /// Line breaks and tabs become spaces; every other control character, and every character that turns the direction
    /// of writing, becomes `?`. So no name and no server's message can break a line, colour it or hide what follows.
    static func sanitized(_ text: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029: result.append(" ")
            case _ where isUnsafe(scalar): result.append("?")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Control characters (C0, DEL, C1) and invisible ones that change how the rest is shown.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Columns that the text takes on a terminal: two for the wide East Asian characters and emoji, none for marks that
    /// combine with the one before (Unicode Standard Annex 11, reduced to its large blocks).
    static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// The text in lines of at most `width` columns, broken at spaces; a longer word is cut. Never empty.
    static func wrapped(_ text: String, width limit: Int) -> [String] {
        let limit = max(limit, 8)
        var lines: [String] = []
        var line = ""
        for word in sanitized(text).split(separator: " ") {
            for piece in pieces(of: word, width: limit) {
                if line.isEmpty {
                    line = piece
                } else if width(line) + 1 + width(piece) <= limit {
                    line += " " + piece
                } else {
                    lines.append(line)
                    line = piece
                }
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }

    private static func pieces(of word: Substring, width limit: Int) -> [String] {
        guard width(word) > limit else { return [String(word)] }
        var pieces: [String] = []
        var piece = ""
        for character in word {
            if width(piece) + width(String(character)) > limit {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }

    /// The text cut to `width` columns, with `...` where something was cut off.
    static func truncated(_ text: String, width limit: Int) -> String {
        guard width(text) > limit else { return text }
        var result = ""
        for character in text {
            if width(result) + width(String(character)) > limit - 3 { break }
            result.append(character)
        }
        return result + "..."
    }

    /// As many spaces as are missing to `width` columns.
    static func padding(_ text: String, to limit: Int) -> String {
        String(repeating: " ", count: max(0, limit - width(text)))
    }
}
