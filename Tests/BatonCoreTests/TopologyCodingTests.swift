import FoundationEssentials
import Testing

@testable import BatonCore

@Suite("Topologies in stored plans")
struct TopologyCodingTests {
    @Test("Notify targets come back as they were stored, references and all")
    func roundTrip() throws {
        var topology = TestPlan.topology
        topology.notify = [
            NotifyTarget(name: "a", way: .command(["page", "-x"]), on: [.halt, .end], deadline: .seconds(2)),
            NotifyTarget(name: "b", way: .http(.url("https://chat.example/h"), token: .environment("T"))),
            NotifyTarget(name: "c", way: .http(.secret(.file("/hook.url")), token: nil)),
        ]
        let stored = try JSONEncoder().encode(topology)
        #expect(try JSONDecoder().decode(Topology.self, from: stored) == topology)
    }

    @Test("A topology that was stored before there were notices tells nobody")
    func older() throws {
        let older = #"{"name":"t","sites":["west"],"nodes":[],"poolers":[],"routes":[]}"#
        let topology = try JSONDecoder().decode(Topology.self, from: Data(older.utf8))
        #expect(topology == Topology(name: "t", sites: ["west"], nodes: []))
    }
}
