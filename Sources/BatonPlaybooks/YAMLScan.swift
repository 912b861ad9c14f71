/// A look at a YAML text before any parser sees it. It walks the text once, without recursion, and finds what Baton does
/// not accept: deep nesting (a parser recurses), anchors and aliases (they hide what a step says, and expand), tags, and
/// keys that stand twice. It accepts more than YAML does; syntax errors are the parser's business.
struct YAMLScan {
    static let deepestNesting = 32
    static let coreTags: Set<String> = ["!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"]

    /// A block collection: the column of its keys or dashes, and the keys seen in it with their lines.
    private struct Block {
        var column: Int
        var keys: [String: Int] = [:]
    }

    /// A bracket that is open.
    private struct Flow {
        var start: Position
        var isMapping: Bool
        var keys: [String: Int] = [:]
    }

    /// What could turn out to be a key, should a colon follow.
    private struct Candidate {
        var start: Position
        var text: String
        /// Quoted or in brackets: a colon needs no space behind it.
        var isClosed: Bool
    }

    private let scalars: [Unicode.Scalar]
    private let complaints: Complaints
    private var index = 0
    private var position = Position(line: 1, column: 1)
    private var blocks: [Block] = []
    private var flows: [Flow] = []
    private var candidate: Candidate?
    /// Where a tag or an anchor before the next node begins: there the node begins too.
    private var properties: Position?
    private var isFirstOnLine = true
    private var isTooDeep = false

    private var extents: [Position: Int] = [:]

    /// Complains about what is found, and tells how long each key and value is.
    static func examine(_ source: SourceText, _ complaints: Complaints) {
        var scan = YAMLScan(source, complaints)
        scan.run()
        complaints.extents = scan.extents
    }

    private init(_ source: SourceText, _ complaints: Complaints) {
        scalars = Array(source.text.unicodeScalars)
        self.complaints = complaints
    }

    private mutating func run() {
        while let scalar = peek(), !isTooDeep {
            if scalar.isBreak {
                advance()
                isFirstOnLine = true
                if flows.isEmpty { (candidate, properties) = (nil, nil) }
            } else if scalar == " " || scalar == "\t" {
                advance()
            } else if scalar == "#" {
                skipLine()
            } else if position.column == 1, isMarker(at: index) {
                for _ in 0..<3 { advance() }
                (blocks, flows, candidate, isFirstOnLine) = ([], [], nil, false)
            } else if position.column == 1, scalar == "%", blocks.isEmpty, flows.isEmpty {
                skipLine()
            } else {
                if isFirstOnLine, flows.isEmpty {
                    while let last = blocks.last, last.column > position.column { blocks.removeLast() }
                }
                isFirstOnLine = false
                token(scalar)
            }
        }
    }

    private mutating func token(_ scalar: Unicode.Scalar) {
        let separated = isSeparator(peek(1))
        switch scalar {
        case "[", "{":
            flows.append(Flow(start: takeStart(), isMapping: scalar == "{"))
            candidate = nil
            checkDepth()
            advance()
        case "]" where !flows.isEmpty, "}" where !flows.isEmpty:
            let flow = flows.removeLast()
            candidate = Candidate(start: flow.start, text: "", isClosed: true)
            advance()
            mark(from: flow.start)
        case "," where !flows.isEmpty:
            candidate = nil
            advance()
        case "-" where flows.isEmpty && separated, "?" where separated:
            if flows.isEmpty { enterBlock(at: position.column) }
            candidate = nil
            advance()
        case ":" where separated || candidate?.isClosed == true || (!flows.isEmpty && isFlowIndicator(peek(1))):
            key()
            advance()
        case "&", "*": anchorOrAlias(scalar)
        case "!": tag()
        case "|" where flows.isEmpty, ">" where flows.isEmpty: blockScalar()
        case "'", "\"": quoted(scalar)
        default: plain()
        }
    }

    // MARK: Collections

    private mutating func enterBlock(at column: Int) {
        if column > blocks.last?.column ?? 0 {
            blocks.append(Block(column: column))
            checkDepth()
        }
    }

    private mutating func checkDepth() {
        guard blocks.count + flows.count > YAMLScan.deepestNesting, !isTooDeep else { return }
        isTooDeep = true
        complaints.error(
            .nestedTooDeep, at: position,
            "The text is nested more than \(YAMLScan.deepestNesting) levels deep here; no file of Baton's is.",
            remedy: "Remove the superfluous brackets or indentation.")
    }

    private mutating func key() {
        guard let key = candidate else { return }
        candidate = nil
        if flows.isEmpty {
            guard key.start.line == position.line else { return }
            enterBlock(at: key.start.column)
            guard let last = blocks.indices.last, !key.text.isEmpty else { return }
            let first = blocks[last].keys[key.text]
            blocks[last].keys[key.text] = first ?? key.start.line
            complain(of: key, first: first)
        } else if let last = flows.indices.last, flows[last].isMapping, !key.text.isEmpty {
            let first = flows[last].keys[key.text]
            flows[last].keys[key.text] = first ?? key.start.line
            complain(of: key, first: first)
        }
    }

    private func complain(of key: Candidate, first: Int?) {
        guard let first else { return }
        let known = complaints.holdsSecrets ? SecretLines.shownKey(key.text) : shown(key.text)
        let name = known.map { "The key \($0)" } ?? "This key"
        complaints.error(
            .duplicateKey, at: key.start,
            "\(name) stands twice (first in line \(first)); which of the two counts would be a guess.",
            remedy: "Keep one of them.")
    }

    // MARK: Node properties

    private mutating func anchorOrAlias(_ sign: Unicode.Scalar) {
        let start = position
        advance()
        _ = word()
        mark(from: start)
        // The name is not repeated: it may be a secret that begins with the sign.
        if sign == "&" {
            complaints.error(
                .anchor, at: start,
                "`&` begins a YAML anchor; Baton does not accept anchors, so that every step says all it does.",
                remedy: "Remove the anchor; put the value in quotes if the `&` belongs to it.")
            properties = properties ?? start
        } else {
            complaints.error(
                .alias, at: start,
                "`*` begins a YAML alias; Baton does not accept aliases, so that every step says all it does.",
                remedy: "Write the value out; put it in quotes if the `*` belongs to it.")
            candidate = Candidate(start: takeStart(or: start), text: "", isClosed: false)
        }
    }

    private mutating func tag() {
        let start = position
        let name = word()
        mark(from: start)
        properties = properties ?? start
        guard !YAMLScan.coreTags.contains(name) else { return }
        complaints.error(
            .tag, at: start, "`!` begins a YAML tag, and Baton gives tags no meaning.",
            remedy: "Remove the tag; put the value in quotes if the `!` belongs to it.")
    }

    // MARK: Scalars

    private mutating func quoted(_ quote: Unicode.Scalar) {
        let start = takeStart()
        advance()
        let first = index
        while let scalar = peek() {
            if quote == "\"", scalar == "\\" {
                advance()
            } else if scalar == quote {
                guard quote == "'", peek(1) == "'" else { break }
                advance()
            }
            if peek() != nil { advance() }
        }
        let text = String(String.UnicodeScalarView(scalars[first..<index]))
        if peek() != nil { advance() }
        mark(from: start)
        candidate = Candidate(start: start, text: text, isClosed: true)
    }

    private mutating func plain() {
        let start = takeStart()
        let first = index
        var end = index
        var endPosition = position
        while let scalar = peek() {
            if scalar.isBreak {
                guard continuesOnNextLine() else { break }
            } else if scalar == ":", isSeparator(peek(1)) || (!flows.isEmpty && isFlowIndicator(peek(1))) {
                break
            } else if !flows.isEmpty, isFlowIndicator(scalar) {
                break
            } else if scalar == "#", index > first, isSeparator(scalars[index - 1]) {
                break
            } else {
                advance()
                if !isSeparator(scalar) { (end, endPosition) = (index, position) }
            }
        }
        if index == first { advance() }
        let text = String(String.UnicodeScalarView(scalars[first..<max(first, end)]))
        mark(from: start, to: endPosition)
        candidate = Candidate(start: start, text: text, isClosed: false)
    }

    /// Moves to the first character of the next line that is not blank, when that line belongs to the plain scalar.
    private mutating func continuesOnNextLine() -> Bool {
        var ahead = index
        var lineStart = index
        while ahead < scalars.count, isSeparator(scalars[ahead]) {
            if scalars[ahead].isBreak { lineStart = ahead + 1 }
            ahead += 1
        }
        guard ahead < scalars.count, scalars[ahead] != "#" else { return false }
        if ahead == lineStart, isMarker(at: ahead) { return false }
        let column = ahead - lineStart + 1
        guard !flows.isEmpty || column > blocks.last?.column ?? 0 else { return false }
        while index < ahead { advance() }
        return true
    }

    /// Skips a literal or folded text, whose lines are all indented further than their parent.
    private mutating func blockScalar() {
        var explicit: Int?
        while let scalar = peek(), !scalar.isBreak {
            if scalar == "#" { break }
            if let digit = scalar.properties.numericType == .decimal ? Int(String(scalar)) : nil { explicit = digit }
            advance()
        }
        skipLine()
        let parent = max(0, (blocks.last?.column ?? 1) - 1)
        var indent = explicit.map { parent + $0 }
        while index < scalars.count {
            var spaces = 0
            while index + 1 + spaces < scalars.count, scalars[index + 1 + spaces] == " " { spaces += 1 }
            let next = index + 1 + spaces
            guard next < scalars.count else { break }
            if !scalars[next].isBreak {
                let least = blocks.isEmpty ? 0 : parent + 1
                if indent == nil { indent = max(spaces, least) }
                guard spaces >= indent ?? 0 else { break }
                if spaces == 0, isMarker(at: next) { break }
            }
            advance()
            skipLine()
        }
        candidate = nil
        properties = nil
    }

    // MARK: Extents

    /// Remembers how long what began at `start` is. Of several lines, the first one counts.
    private mutating func mark(from start: Position, to end: Position? = nil) {
        let end = end ?? position
        var length = end.column - start.column
        if end.line > start.line {
            let line = complaints.source.lines[start.line - 1].unicodeScalars
            let trailing = line.reversed().prefix { $0 == " " || $0 == "\t" }.count
            length = line.count - trailing - start.column + 1
        }
        // Where a tag or an anchor stands before a value, it is what one complains about.
        if length > 0, extents[start] == nil { extents[start] = length }
    }

    // MARK: Characters

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        index + offset < scalars.count ? scalars[index + offset] : nil
    }

    private mutating func advance() {
        guard let scalar = peek() else { return }
        index += 1
        // CR LF is one break; the position moves on at its second character.
        if scalar == "\n" || (scalar == "\r" && peek() != "\n") {
            position = Position(line: position.line + 1, column: 1)
        } else {
            position.column += 1
        }
    }

    private mutating func skipLine() {
        while let scalar = peek(), !scalar.isBreak { advance() }
    }

    /// The characters up to a space or a flow indicator.
    private mutating func word() -> String {
        let first = index
        while let scalar = peek(), !isSeparator(scalar), !isFlowIndicator(scalar) { advance() }
        return String(String.UnicodeScalarView(scalars[first..<index]))
    }

    private mutating func takeStart(or start: Position? = nil) -> Position {
        defer { properties = nil }
        return properties ?? start ?? position
    }

    private func isSeparator(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return true }
        return scalar == " " || scalar == "\t" || scalar.isBreak
    }

    private func isFlowIndicator(_ scalar: Unicode.Scalar?) -> Bool {
        scalar == "," || scalar == "[" || scalar == "]" || scalar == "{" || scalar == "}"
    }

    /// `---` or `...` that stands alone.
    private func isMarker(at index: Int) -> Bool {
        guard index + 2 < scalars.count, scalars[index] == "-" || scalars[index] == "." else { return false }
        return scalars[index + 1] == scalars[index] && scalars[index + 2] == scalars[index]
            && isSeparator(index + 3 < scalars.count ? scalars[index + 3] : nil)
    }
}

extension Unicode.Scalar {
    fileprivate var isBreak: Bool { self == "\n" || self == "\r" }
}
