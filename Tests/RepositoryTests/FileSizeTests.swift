import Testing

/// Files that a person reads in one sitting.
@Suite("File sizes")
struct FileSizeTests {
    private static let medianLimit = 150
    private static let limit = 500

    private static func sizes() throws -> [(path: String, lines: Int)] {
        try (Repository.files(under: "Sources", suffix: ".swift") + Repository.files(under: "Tests", suffix: ".swift"))
            .map { ($0, try Repository.lines(of: $0).count - 1) }
    }

    @Test("Half of the files have at most 150 lines")
    func median() throws {
        let lines = try Self.sizes().map(\.lines).sorted()
        try #require(lines.count > 50)
        #expect(lines[lines.count / 2] <= Self.medianLimit)
    }

    @Test("No file has more than 500 lines")
    func longest() throws {
        for file in try Self.sizes() { #expect(file.lines <= Self.limit, "\(file.path) has \(file.lines) lines") }
    }
}
