import Testing

/// What the package declares and what is there.
@Suite("Package")
struct PackageTests {
    @Test("What builds make is not tracked")
    func nothingBuiltIsTracked() throws {
        let tracked = try Repository.indexedFiles()
        #expect(tracked.contains("Package.swift"))
        let built = tracked.filter { path in
            path == "Package.resolved" || path.split(separator: "/").contains { $0 == ".build" || $0 == ".baton" }
        }
        #expect(built.isEmpty, "\(built)")
    }

    @Test("Every declared target has sources")
    func targetsHaveSources() throws {
        let targets = try Manifest().targets
        #expect(targets.count > 10)
        for target in targets {
            guard Repository.isDirectory(target.directory) else {
                Issue.record("\(target.name) has no directory \(target.directory)")
                continue
            }
            let suffix = target.kind == .systemLibrary ? "module.modulemap" : ".swift"
            #expect(try !Repository.files(under: target.directory, suffix: suffix).isEmpty, "\(target.name) is empty")
        }
    }

    @Test("Every directory of sources or tests is a declared target", arguments: ["Sources", "Tests"])
    func directoriesAreTargets(_ directory: String) throws {
        let declared = Set(try Manifest().targets.map(\.directory))
        let found = try Repository.names(in: directory).map { "\(directory)/\($0)" }.filter(Repository.isDirectory)
        for path in found { #expect(declared.contains(path), "\(path) is no target of Package.swift") }
    }

    @Test("Suites that start servers say so in name and trait")
    func serialSuites() throws {
        for path in try Repository.files(under: "Tests", suffix: ".swift") where path.contains("Serial") {
            #expect(
                try Repository.text(path).contains("@Suite(") && Repository.text(path).contains(".serialized"),
                "\(path)")
        }
    }
}
