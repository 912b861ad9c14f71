import BatonCore
import Testing

extension Script {
    static let promoting = [
        Script(name: "promote") { bench in
            try await bench.expectWrites(3, on: .west)
            try await bench.switchOver()
            try await bench.expectEveryRow(on: .east)
            try await bench.expectWrites(on: .east)
            #expect(try await bench.promote(.east) == .notInRecovery)
            try await bench.expect(.east, stays: .primary(timeline: 2))
            // It stays what it is over a crash.
            try await bench.kill(.east)
            try await bench.expect(.east, becomes: .down(.inProduction, standbySignal: false))
            try await bench.expectStarts(.east)
            try await bench.expect(.east, becomes: .primary(timeline: 2))
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "promote beside a primary that writes") { bench in
            try await bench.expectWrites(on: .west)
            try await bench.expectEveryRow(on: .east)
            #expect(try await bench.promote(.east) == .asked)
            try await bench.expect(.east, becomes: .primary(timeline: 2))
            // Nothing keeps two servers from writing.
            try await bench.expect(.west, stays: .primary(timeline: 1))
            try await bench.expectWrites(on: .west)
            try await bench.expectWrites(on: .east)
            #expect(try await bench.seesEveryAcknowledgedRow(.west) == false)
            #expect(try await bench.seesEveryAcknowledgedRow(.east) == false)
        },
        Script(name: "promote with replay paused") { bench in
            try await bench.pauseReplay(.east)
            try await bench.expectWrites(3, on: .west)
            try await bench.expect(.east, stays: .standby(of: .west, timeline: 1, replayPaused: true))
            #expect(try await bench.seesEveryAcknowledgedRow(.east) == false)
            // A stop waits for what is received, not for what is replayed.
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            #expect(try await bench.replay(on: .east, ofCheckpointOf: .west) == .notYet)
            #expect(try await bench.promote(.east) == .asked)
            try await bench.expect(.east, becomes: .primary(timeline: 2))
            try await bench.expectEveryRow(on: .east)
            try await bench.expectWrites(on: .east)
        },
        Script(name: "a restart ends a pause of replay") { bench in
            try await bench.pauseReplay(.east)
            try await bench.expectWrites(on: .west)
            try await bench.resumeReplay(.east)
            try await bench.expectEveryRow(on: .east)
            try await bench.pauseReplay(.east)
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.east)
            try await bench.expect(.east, becomes: .down(.shutDownInRecovery, standbySignal: true))
            try await bench.expectStarts(.east)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectWrites(on: .west)
            try await bench.expectEveryRow(on: .east)
        },
    ]
}
