import Testing

/// Raises one lab for all tests of a suite. Each test heals what it broke and proves it, so the next finds a whole service.
struct SharedLab: SuiteTrait, TestScoping {
    /// The suite's lab, while its tests run.
    @TaskLocal static var world: WorldFixture?

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await WorldFixture.with { world in
            try await SharedLab.$world.withValue(world) { try await function() }
        }
    }
}

extension Trait where Self == SharedLab {
    /// One lab for the whole suite, at `SharedLab.world`.
    static var sharedLab: Self { SharedLab() }
}
