import BatonCore

@testable import BatonEngine

/// A permit for tests of hosts, which have no engine.
func testPermit() -> Permit { Permit(run: "test", step: "test") }
