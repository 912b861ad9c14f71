import BatonCore
import Testing

/// What scripts say at the end of an act. A wrong answer ends the script, for the next act would begin elsewhere.
extension ServerBench {
    func expect(
        _ side: Side, becomes look: ServerLook, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen: ServerLook?
        let came = try await comes {
            seen = try await self.look(side)
            return seen == look
        }
        try #require(came, "\(side): \(seen.map { "\($0)" } ?? "")", sourceLocation: sourceLocation)
    }

    func expect(
        _ side: Side, stays look: ServerLook, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen: ServerLook?
        let stayed = try await lasts {
            seen = try await self.look(side)
            return seen == look
        }
        try #require(stayed, "\(side): \(seen.map { "\($0)" } ?? "")", sourceLocation: sourceLocation)
    }

    func expectPooler(
        becomes look: PoolerLook?, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen: PoolerLook?
        let came = try await comes {
            seen = try await self.lookAtPooler()
            return seen == look
        }
        try #require(came, "the pooler: \(seen.map { "\($0)" } ?? "silent")", sourceLocation: sourceLocation)
    }

    func expectPooler(
        stays look: PoolerLook?, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen: PoolerLook?
        let stayed = try await lasts {
            seen = try await self.lookAtPooler()
            return seen == look
        }
        try #require(stayed, "the pooler: \(seen.map { "\($0)" } ?? "silent")", sourceLocation: sourceLocation)
    }

    func expectClient(
        becomes look: ClientLook, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen = ClientLook.idle
        let came = try await comes {
            seen = try await self.lookAtClient()
            return seen == look
        }
        try #require(came, "the client: \(seen)", sourceLocation: sourceLocation)
    }

    func expectClientWaits(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var seen = ClientLook.idle
        let stayed = try await lasts {
            seen = try await self.lookAtClient()
            return seen == .waits
        }
        try #require(stayed, "the client: \(seen)", sourceLocation: sourceLocation)
    }

    /// A row through the pooler, acknowledged by that server.
    func expectClientWrites(on side: Side, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await beginWrite()
        try await expectClient(becomes: .acknowledged(by: side), sourceLocation: sourceLocation)
    }

    /// The same, for a client that may get errors at first.
    func expectClientWritesAgain(on side: Side, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let came = try await comes {
            try await self.beginWrite()
            _ = try await self.comes { try await self.lookAtClient() != .waits }
            return try await self.lookAtClient() == .acknowledged(by: side)
        }
        try #require(came, "the client's writes on \(side)", sourceLocation: sourceLocation)
    }

    /// Rows written directly.
    func expectWrites(_ count: Int = 1, on side: Side, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for _ in 0..<count {
            let answer = try await write(on: side)
            try #require(answer == .acknowledged, "a row on \(side): \(answer)", sourceLocation: sourceLocation)
        }
    }

    func expectStarts(_ side: Side, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let starts = try await start(side)
        try #require(starts, "the start of \(side)", sourceLocation: sourceLocation)
    }

    func expectEveryRow(on side: Side, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let came = try await comes { try await self.seesEveryAcknowledgedRow(side) }
        try #require(came, "an acknowledged row is missing on \(side)", sourceLocation: sourceLocation)
    }

    func expect(
        replayOn side: Side, ofCheckpointOf stopped: Side, becomes look: ReplayLook,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var seen = ReplayLook.notYet
        let came = try await comes {
            seen = try await self.replay(on: side, ofCheckpointOf: stopped)
            return seen == look
        }
        try #require(came, "replay on \(side): \(seen)", sourceLocation: sourceLocation)
    }

    /// `west` is stopped cleanly and `east` promoted, with a slot for `west`: a planned switchover's promotion.
    func switchOver(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await createSlot(for: .west, on: .east)
        try await stopFast(.west)
        try await expect(.west, becomes: .down(.shutDown, standbySignal: false), sourceLocation: sourceLocation)
        try await expect(replayOn: .east, ofCheckpointOf: .west, becomes: .exactly, sourceLocation: sourceLocation)
        let answer = try await promote(.east)
        try #require(answer == .asked, "\(answer)", sourceLocation: sourceLocation)
        try await expect(.east, becomes: .primary(timeline: 2), sourceLocation: sourceLocation)
    }
}
