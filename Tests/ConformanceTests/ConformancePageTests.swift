import Testing

@testable import BatonLab

/// The table of `Documentation/Simulator.md` names the scripts, all of them and in their order.
@Suite("Conformance: the page")
struct ConformancePageTests {
    @Test("The page's table has a row for each script")
    func rows() throws {
        let package = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
        let page = try #require(LabFiles.read(package + "/Documentation/Simulator.md"))
        let table = page.split(separator: "\n").drop { !$0.hasPrefix("| script |") }.prefix { $0.hasPrefix("|") }
        let names = table.dropFirst(2).map { row in
            row.split(separator: "|").first.map { $0.drop { $0 == " " } }.map { String($0.dropLast()) }
        }
        #expect(names == Script.all.map(\.name))
    }
}
