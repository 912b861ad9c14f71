import BatonCore
import BatonPlaybooks
import BatonReports
import BatonSimulator
import Glibc

/// Writes the reference pages, or says whether those that are there are the ones it would write.
enum ReferenceFiles {
    static var content: ReferenceContent {
        ReferenceContent(
            catalogue: .standard,
            files: [
                ReferenceContent.File(
                    "Playbook", "How a team fails over: the keys of `playbook/v1`.", PlaybookKeys.root),
                ReferenceContent.File("Topology", "What a team has: the keys of `topology/v1`.", TopologyKeys.root),
                ReferenceContent.File(
                    "Scenarios", "A team's tests of its playbook: the keys of `scenarios/v1`.", ScenarioKeys.root),
            ],
            faults: ScenarioFaults.declarations,
            exits: ExitStatus.allCases.map { WordDeclaration("\($0.rawValue)", $0.summary) },
            codes: ComplaintCode.allCases.compactMap(CodeExplanation.init))
    }

    /// Writes every page below `directory`, and removes pages that it once wrote and does not any more. With `check` it
    /// does neither, and throws status 2 when a page is missing or differs, or when there is one too many. A file that it
    /// did not write is left alone; where a page would have to go there, nothing is written.
    static func render(into directory: String, check: Bool) throws {
        let root = absolute(directory)
        let pages = content.pages()
        let wanted = Set(pages.map(\.path))
        let superfluous = names(in: root).filter { !wanted.contains($0) && isOwn("\(root)/\($0)") }.sorted()
        guard check else {
            if let foreign = pages.first(where: {
                access("\(root)/\($0.path)", F_OK) == 0 && !isOwn("\(root)/\($0.path)")
            }) {
                throw CommandProblem(
                    .error, "\(directory)/\(foreign.path) was not written by baton docs, and is not replaced",
                    remedy: "give another directory with -o, or move the file away")
            }
            for page in pages { try write(page.text, to: "\(root)/\(page.path)") }
            for path in superfluous { unlink("\(root)/\(path)") }
            Output.message("\(pages.count) pages in \(directory)")
            return
        }
        let stale = pages.filter { read("\(root)/\($0.path)") != $0.text }.map {
            "\($0.path) is not what it would be now"
        }
        let problems = stale + superfluous.map { "\($0) is superfluous" }
        for problem in problems { Output.data("\(directory)/\(problem)") }
        guard problems.isEmpty else { throw ExitStatus.refused }
    }

    /// Whether the file is a page that this command wrote.
    private static func isOwn(_ path: String) -> Bool { read(path)?.contains(ReferencePage.mark) == true }

    /// The Markdown files in the directory and directly below it.
    private static func names(in root: String) -> [String] {
        entries(of: root).flatMap { name in
            name.hasSuffix(".md") ? [name] : entries(of: "\(root)/\(name)").map { "\(name)/\($0)" }
        }.filter { $0.hasSuffix(".md") }
    }

    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        if read(path) == text { return }
        for end in path.indices.dropFirst() where path[end] == "/" { mkdir(String(path[..<end]), 0o777) }
        guard let file = fopen(path, "we") else { throw problem(path) }
        let bytes = Array(text.utf8)
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw problem(path) }
    }

    private static func problem(_ path: String) -> CommandProblem {
        CommandProblem(.error, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
