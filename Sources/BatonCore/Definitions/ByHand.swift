/// One command that a person types to do a step, or to look, without Baton.
package struct ByHandCommand: Hashable, Codable, Sendable {
    /// Where it is typed: a node's or pooler's host, or any machine that reaches the service.
    package var place: String
    package var line: ShellLine
    /// What one should see, in words.
    package var expect: String
    /// What it prints when all is well, to the letter but for blanks around it; nil where that depends.
    package var output: String?

    package init(at place: String, _ line: ShellLine, expect: String, output: String? = nil) {
        self.place = place
        self.line = line
        self.expect = expect
        self.output = output
    }

    /// What one should see, in one sentence: the output, and what it means.
    package var expectation: String {
        guard let output else { return expect }
        return expect.isEmpty ? output : "\(output.isEmpty ? "nothing" : output): \(expect)"
    }

    package init(at place: String, _ words: [String], expect: String) {
        self.init(at: place, ShellLine(words: words), expect: expect)
    }
}

/// How a person judges a gate without Baton.
package struct ByHandCheck: Hashable, Sendable {
    /// What to look at, each with the answer that is acceptable.
    package var commands: [ByHandCommand]
    /// What to do when the answer is another.
    package var otherwise: String

    package init(_ commands: [ByHandCommand], otherwise: String) {
        self.commands = commands
        self.otherwise = otherwise
    }
}

/// One thing that can go wrong with an action, and what helps.
package struct Trouble: Hashable, Sendable {
    /// By what one knows it.
    package var sign: String
    package var remedy: String

    package init(_ sign: String, remedy: String) {
        self.sign = sign
        self.remedy = remedy
    }
}
