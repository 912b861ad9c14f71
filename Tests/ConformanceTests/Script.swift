import Testing

/// One script: what is done to a pair of servers and their pooler, and what is seen at the end of each act. The same
/// function is played on the simulated servers and on the real ones.
struct Script: Sendable, CustomTestStringConvertible {
    /// As `Documentation/Simulator.md` names it.
    let name: String
    let play: @Sendable (any ServerBench) async throws -> Void

    var testDescription: String { name }

    static let all: [Script] = stopping + starting + promoting + following + pausing + leading + hanging
}
