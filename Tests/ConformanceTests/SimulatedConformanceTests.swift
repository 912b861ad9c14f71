import Testing

/// The simulated servers do what the scripts say; `RealConformanceSerialTests` plays the same ones on real servers.
@Suite("Conformance: simulated servers")
struct SimulatedConformanceTests {
    @Test("A script on simulated servers", arguments: Script.all)
    func script(_ script: Script) async throws { try await script.play(SimulatedBench()) }
}
