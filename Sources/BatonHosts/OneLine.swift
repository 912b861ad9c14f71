/// The last line of what a program or a server said, for one line of a report: without what could disturb a terminal, and
/// cut where it is long.
package struct OneLine: Hashable, Sendable {
    /// In Unicode scalars.
    private static let longest = 300

    package let text: String

    package init(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? text
        let scalars = line.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }
        let isLong = scalars.count > Self.longest
        self.text = String(String.UnicodeScalarView(scalars.prefix(Self.longest))) + (isLong ? "…" : "")
    }
}
