/// The targets of `Package.swift`, read from its text: asking SwiftPM would take its lock, which the test run holds.
struct Manifest {
    enum Kind: String { case systemLibrary, target, executableTarget, testTarget }

    struct Target {
        var kind: Kind
        var name: String
        /// Names of targets and products, in alphabetical order.
        var dependencies: [String]
        var directory: String
    }

    var targets: [Target]

    init() throws { self.init(try Repository.text("Package.swift")) }

    init(_ text: String) {
        let heads = text.matches(of: #/\.(systemLibrary|target|executableTarget|testTarget)\(\s*name: "(\w+)"/#)
        targets = heads.compactMap { head in
            guard let kind = Kind(rawValue: String(head.output.1)) else { return nil }
            let call = Self.balanced(text[head.range.lowerBound...], "(", ")")
            let name = String(head.output.2)
            let path = call.firstMatch(of: #/\bpath: "([^"]+)"/#).map { String($0.output.1) }
            return Target(
                kind: kind, name: name, dependencies: Self.dependencies(in: call),
                directory: path ?? (kind == .testTarget ? "Tests/" : "Sources/") + name)
        }
    }

    /// What Baton is made of; programs that only tests start live beside these.
    var sourceTargets: [Target] { targets.filter { $0.directory.hasPrefix("Sources/") } }

    private static func dependencies(in call: Substring) -> [String] {
        guard let start = call.firstRange(of: "dependencies:") else { return [] }
        let list = balanced(call[start.upperBound...], "[", "]")
        // A product's package is no name of its own.
        let names = list.replacing(#/, package: "[^"]*"/#, with: "").matches(of: #/"([^"]+)"/#)
        return names.map { String($0.output.1) }.sorted()
    }

    /// From the start to the bracket that closes the first one.
    private static func balanced(_ text: Substring, _ open: Character, _ close: Character) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == open { depth += 1 }
            if text[index] == close {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }
}
