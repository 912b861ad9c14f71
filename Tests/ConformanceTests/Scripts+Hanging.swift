import Testing

extension Script {
    static let hanging = [
        Script(name: "a promotion that reaches a stopped process takes effect when it goes on") { bench in
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expect(replayOn: .east, ofCheckpointOf: .west, becomes: .exactly)
            try await bench.hang(.east)
            #expect(try await bench.promote(.east) == .silent)
            try await bench.expect(.east, stays: .silent(.inRecovery, standbySignal: true))
            #expect(try await bench.write(on: .east) == .silent)
            try await bench.goOn(.east)
            try await bench.expect(.east, becomes: .primary(timeline: 2))
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "a stop that reaches a stopped process takes effect when it goes on") { bench in
            try await bench.hang(.west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, stays: .silent(.inProduction, standbySignal: false))
            try await bench.goOn(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expect(replayOn: .east, ofCheckpointOf: .west, becomes: .exactly)
        },
        Script(name: "a client's write on a server that is stopped in its tracks") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.hang(.west)
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.goOn(.west)
            try await bench.expectClient(becomes: .acknowledged(by: .west))
            try await bench.hang(.west)
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.kill(.west)
            try await bench.expect(.west, becomes: .down(.inProduction, standbySignal: false))
            try await bench.expectClient(becomes: .failed)
        },
        Script(name: "a standby gives up a primary that is stopped in its tracks") { bench in
            try await bench.shortenTimeouts(.east)
            try await bench.hang(.west)
            // It does not know at first: no news is what a quiet primary sends, too.
            #expect(try await bench.look(.east) == .standby(of: .west, timeline: 1))
            try await bench.expect(.east, becomes: .standby(of: nil, timeline: 1))
            try await bench.goOn(.west)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
            try await bench.expectWrites(on: .west)
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "orders that reach a stopped PgBouncer take effect when it goes on") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.hangPooler()
            try await bench.expectPooler(becomes: nil)
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.pause()
            try await bench.poolerGoesOn()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
        },
    ]
}
