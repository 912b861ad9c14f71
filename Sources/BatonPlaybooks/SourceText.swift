import Glibc

/// A place in a file, both from 1; columns count Unicode scalars.
struct Position: Hashable, Comparable, Sendable {
    var line: Int
    var column: Int

    static func < (left: Position, right: Position) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A file's text that is safe to hand to a parser: of bounded size, UTF-8, without control characters.
struct SourceText {
    /// No hand-written file comes near it; the bound keeps a wrong path (a log, a dump) from being read whole.
    static let largestSize = 1 << 20

    let path: String
    let text: String
    let lines: [String]

    /// Reads a file. Throws a `LoadFailure` with every complaint about its bytes.
    static func read(path: String) throws -> SourceText {
        func refuse(_ message: String, _ remedy: String, _ code: ComplaintCode = .unreadableFile) -> LoadFailure {
            LoadFailure(complaints: [
                Complaint(
                    severity: .error, code: code.rawValue, file: path, line: 1, column: 1, message: message,
                    remedy: remedy)
            ])
        }
        // Non-blocking, so that a named pipe does not hold the command for ever.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw refuse(
                "The file cannot be read: \(String(cString: strerror(errno))).", "Check the path and its rights.")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refuse("This is not a regular file.", "Give the path of a YAML file.")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= largestSize {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw refuse(
                    "The file cannot be read: \(String(cString: strerror(errno))).", "Check the path and its rights.")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
        return try SourceText(bytes: bytes, path: path)
    }

    init(bytes: [UInt8], path: String) throws {
        func refuse(_ code: ComplaintCode, _ at: Position, _ message: String, _ remedy: String) -> LoadFailure {
            LoadFailure(complaints: [
                Complaint(
                    severity: .error, code: code.rawValue, file: path, line: at.line, column: at.column,
                    message: message, remedy: remedy)
            ])
        }
        guard bytes.count <= SourceText.largestSize else {
            throw refuse(
                .fileTooLarge, Position(line: 1, column: 1),
                "The file is larger than 1 MiB, and no file of Baton's is.",
                "Check that this is the file you mean.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let offset = firstInvalidByte(bytes)
            let lineStart = bytes[..<offset].lastIndex(of: 10).map { $0 + 1 } ?? 0
            let before = String(decoding: bytes[lineStart..<offset], as: UTF8.self).unicodeScalars.count
            throw refuse(
                .notUTF8, Position(line: bytes[..<offset].count { $0 == 10 } + 1, column: before + 1),
                "The byte at offset \(offset) is not UTF-8, so the text cannot be read with certainty.",
                "Save the file as UTF-8.")
        }
        self.path = path
        // A byte order mark says nothing in UTF-8 and would shift the first line's columns.
        self.text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        lines = SourceText.split(self.text)
        try refuseControlCharacters()
    }

    /// Lines as YAML counts them here: ended by LF, CR LF or CR.
    static func split(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                if !(scalar == "\n" && previous == "\r") {
                    lines.append(String(line))
                    line = String.UnicodeScalarView()
                }
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        lines.append(String(line))
        return lines
    }

    private func refuseControlCharacters() throws {
        var complaints: [Complaint] = []
        for (index, line) in lines.enumerated() {
            let found = line.unicodeScalars.enumerated().first { $0.element != "\t" && $0.element.isForbidden }
            guard let found, complaints.count < 20 else { continue }
            let name = "U+" + String(repeating: "0", count: max(0, 4 - hex(found.element).count)) + hex(found.element)
            complaints.append(
                Complaint(
                    severity: .error, code: ComplaintCode.controlCharacter.rawValue, file: path, line: index + 1,
                    column: found.offset + 1,
                    message: "The invisible character \(name) stands here; a reader cannot see what it does.",
                    remedy: "Remove it."))
        }
        if !complaints.isEmpty { throw LoadFailure(complaints: complaints) }
    }

    private func hex(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16, uppercase: true) }
}

/// Where a text stops being UTF-8.
private func firstInvalidByte(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar): offset += UTF8.width(scalar)
        case .emptyInput, .error: return min(offset, bytes.count)
        }
    }
}
