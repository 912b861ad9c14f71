import Foundation
import Testing

@testable import BatonLab

/// The topology that the checked-in runbooks are made from.
@Suite struct LabTopologyTests {
    @Test("it is what `baton lab up` writes, but for the ports, which a lab chooses anew")
    func checkedIn() throws {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Runbooks/lab-topology.yaml"
        let manifest = LabManifest(
            user: "", binDirectory: "/usr/lib/postgresql/15/bin", pgbouncer: "", socketDirectory: "",
            nodes: [
                .init(name: "west-db", site: "west", port: 5501), .init(name: "east-db", site: "east", port: 5502),
            ],
            poolers: [.init(name: "pool", site: "east", port: 6501)])
        // But for the first line, which says whose file it is.
        func body(_ text: String) -> Substring { text.drop { $0 != "\n" } }
        #expect(body(try String(contentsOfFile: path, encoding: .utf8)) == body(LabTopology.text(manifest)))
    }
}
