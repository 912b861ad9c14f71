import Testing

extension Script {
    static let stopping = [
        Script(name: "fast stop under a streaming standby") { bench in
            try await bench.expectWrites(3, on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expect(replayOn: .east, ofCheckpointOf: .west, becomes: .exactly)
            try await bench.expectEveryRow(on: .east)
            try await bench.expect(.east, stays: .standby(of: nil, timeline: 1))
            #expect(try await bench.replay(on: .east, ofCheckpointOf: .west) == .exactly)
            #expect(try await bench.write(on: .west) == .refused)
            #expect(try await bench.write(on: .east) == .readOnly)
        },
        Script(name: "fast stop waits for a standby that is stopped in its tracks") { bench in
            try await bench.hang(.east)
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.west)
            // pg_control says so before the standby has it: a stop is over when the processes are gone.
            try await bench.expect(.west, becomes: .silent(.shutDown, standbySignal: false))
            try await bench.expect(.west, stays: .silent(.shutDown, standbySignal: false))
            #expect(try await bench.write(on: .west) == .refused)
            try await bench.goOn(.east)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expect(replayOn: .east, ofCheckpointOf: .west, becomes: .exactly)
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "fast stop ends with the walsender of a standby that stays stopped") { bench in
            try await bench.shortenTimeouts(.west)
            try await bench.hang(.east)
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .silent(.shutDown, standbySignal: false))
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.goOn(.east)
            try await bench.expect(.east, becomes: .standby(of: nil, timeline: 1))
        },
        Script(name: "immediate stop leaves work to the next start, which loses nothing") { bench in
            try await bench.expectWrites(3, on: .west)
            try await bench.stopAtOnce(.west)
            try await bench.expect(.west, becomes: .down(.inProduction, standbySignal: false))
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .primary(timeline: 1))
            try await bench.expectEveryRow(on: .west)
            try await bench.expectWrites(on: .west)
            try await bench.kill(.west)
            try await bench.expect(.west, becomes: .down(.inProduction, standbySignal: false))
            try await bench.expectStarts(.west)
            try await bench.expectEveryRow(on: .west)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "immediate stop ends a fast one that waits") { bench in
            try await bench.hang(.east)
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .silent(.shutDown, standbySignal: false))
            try await bench.stopAtOnce(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .primary(timeline: 1))
            try await bench.expectEveryRow(on: .west)
            try await bench.goOn(.east)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectEveryRow(on: .east)
        },
    ]

    static let starting = [
        Script(name: "start with standby.signal") { bench in
            try await bench.stopFast(.east)
            try await bench.expect(.east, becomes: .down(.shutDownInRecovery, standbySignal: true))
            try await bench.expectWrites(3, on: .west)
            try await bench.expectStarts(.east)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectEveryRow(on: .east)
            #expect(try await bench.write(on: .east) == .readOnly)
            // The same for the primary: the marker alone decides.
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.setStandbySignal(true, on: .west)
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .standby(of: nil, timeline: 1))
            #expect(try await bench.write(on: .west) == .readOnly)
        },
        Script(name: "start without standby.signal") { bench in
            try await bench.expectWrites(3, on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.setStandbySignal(true, on: .west)
            try await bench.setStandbySignal(false, on: .west)
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .primary(timeline: 1))
            try await bench.expectWrites(on: .west)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectEveryRow(on: .east)
        },
    ]
}
