import Testing

/// The real PostgreSQL and PgBouncer do what the scripts say, so what the simulator is held to is true.
@Suite("Conformance: real servers", .serialized, .sharedGround)
struct RealConformanceSerialTests {
    @Test("A script on real servers", arguments: Script.all)
    func script(_ script: Script) async throws {
        let bench = try await RealBench(try #require(SharedGround.ground))
        do {
            try await script.play(bench)
        } catch {
            await bench.leave()
            throw error
        }
        await bench.leave()
    }
}
