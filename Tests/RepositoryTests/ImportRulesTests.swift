import Testing

/// The arrows between rooms: the table in Documentation/Architecture.md, the manifest and the `import` lines say the same.
@Suite("Import rules")
struct ImportRulesTests {
    /// `| `target` | what lives there | may import |` of the table under "Rooms".
    private static func table() throws -> [String: [String]] {
        let rows = try Repository.lines(of: "Documentation/Architecture.md")
            .drop { !$0.hasPrefix("| target |") }.prefix { $0.hasPrefix("|") }.filter { $0.hasPrefix("| `") }
        var arrows: [String: [String]] = [:]
        for row in rows {
            let cells = row.split(separator: "|").map { $0.matches(of: #/`(\w+)`/#).map { String($0.output.1) } }
            guard let name = cells.first?.first, let last = cells.last else { continue }
            arrows[name] = last.sorted()
        }
        return arrows
    }

    private struct Import {
        var target: String
        var module: String
        var place: Place
    }

    private static func imports() throws -> [Import] {
        var found: [Import] = []
        for path in try Repository.files(under: "Sources", suffix: ".swift") {
            let target = String(path.split(separator: "/")[1])
            for (index, line) in try Repository.lines(of: path).enumerated() {
                guard let match = line.firstMatch(of: #/^(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)/#) else { continue }
                let place = Place(path: path, line: index + 1, text: String(line))
                found.append(Import(target: target, module: String(match.output.1), place: place))
            }
        }
        return found
    }

    @Test("The table of Documentation/Architecture.md is the manifest's")
    func tableIsManifest() throws {
        let table = try Self.table()
        let manifest = try Manifest().sourceTargets
        #expect(!manifest.isEmpty)
        #expect(table.keys.sorted() == manifest.map(\.name).sorted())
        for target in manifest {
            #expect(table[target.name] == target.dependencies, "arrows of \(target.name): table and manifest differ")
        }
    }

    @Test("Every import of a Baton or C module is an arrow of the table")
    func importsAreArrows() throws {
        let table = try Self.table()
        let imports = try Self.imports()
        #expect(imports.count > 100)
        for found in imports where table.keys.contains(found.module) {
            #expect(
                table[found.target]?.contains(found.module) == true, "\(found.target) → \(found.module): \(found.place)"
            )
        }
    }

    @Test("Each C module but CLinux has one importer")
    func oneImporter() throws {
        let imports = try Self.imports()
        for module in try Manifest().sourceTargets.filter({ $0.kind == .systemLibrary }).map(\.name)
        where module != "CLinux" {
            let importers = Set(imports.filter { $0.module == module }.map(\.target))
            #expect(importers.count == 1, "\(module) is imported by \(importers.sorted())")
        }
    }

    @Test("Core and actions are pure: the standard library and each other", arguments: ["BatonCore", "BatonActions"])
    func pure(_ target: String) throws {
        let foreign = try Self.imports().filter { $0.target == target && $0.module != "BatonCore" }
        #expect(foreign.isEmpty, "\(foreign.map(\.place))")
    }

    @Test("The manifest's reader understands products, no dependencies and several lines")
    func reader() {
        let manifest = Manifest(
            """
            .systemLibrary(name: "C", pkgConfig: "c", providers: [.apt(["libc"])]),
            .target(name: "A"),
            .target(
                name: "B",
                dependencies: ["C", .product(name: "P", package: "p"),
                    "A"]),
            .executableTarget(name: "D", dependencies: ["A"], path: "Tests/D"),
            """)
        #expect(manifest.targets.map(\.name) == ["C", "A", "B", "D"])
        #expect(manifest.targets.map(\.dependencies) == [[], [], ["A", "C", "P"], ["A"]])
        #expect(manifest.targets.map(\.directory) == ["Sources/C", "Sources/A", "Sources/B", "Tests/D"])
        #expect(manifest.sourceTargets.map(\.name) == ["C", "A", "B"])
    }
}
