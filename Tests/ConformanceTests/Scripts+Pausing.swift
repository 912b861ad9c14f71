import BatonCore
import Testing

extension Script {
    static let pausing = [
        Script(name: "PAUSE waits for an open transaction, and clients wait for RESUME") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.openTransaction(for: .milliseconds(900))
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .waiting, leadsTo: .west))
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.expectClientWaits()
            try await bench.expectPooler(stays: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.resume()
            try await bench.expectClient(becomes: .acknowledged(by: .west))
            try await bench.expectPooler(becomes: PoolerLook(pause: .none, leadsTo: .west))
            try await bench.expectClientWrites(on: .west)
        },
        Script(name: "PAUSE survives the session that gave it") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.leavePausingSession()
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.expectPooler(stays: PoolerLook(pause: .inForce, leadsTo: .west))
            // A second pause changes nothing, and one RESUME ends both.
            try await bench.pause()
            try await bench.resume()
            try await bench.expectClient(becomes: .acknowledged(by: .west))
        },
        Script(name: "a client that logs in during a pause waits like the others") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.changeClient()
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.resume()
            try await bench.expectClient(becomes: .acknowledged(by: .west))
        },
        Script(name: "kill -9 of PgBouncer forgets the pause") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.writePoolerFile(leadingTo: .east)
            try await bench.killPooler()
            try await bench.expectPooler(becomes: nil)
            try await bench.expectClient(becomes: .failed)
            // Its file decides where a new process leads.
            #expect(try await bench.startPooler())
            try await bench.expectPooler(becomes: PoolerLook(pause: .none, leadsTo: .east))
            try await bench.beginWrite()
            try await bench.expectClient(becomes: .failed)
            try await bench.switchOver()
            try await bench.expectClientWrites(on: .east)
        },
    ]

    static let leading = [
        Script(name: "a file without RELOAD changes nothing") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.switchOver()
            try await bench.writePoolerFile(leadingTo: .east)
            try await bench.expectPooler(stays: PoolerLook(pause: .none, leadsTo: .west))
            try await bench.reloadPooler()
            try await bench.expectPooler(becomes: PoolerLook(pause: .none, leadsTo: .east))
            try await bench.expectClientWrites(on: .east)
        },
        Script(name: "RELOAD of a broken file reports success and keeps the entries") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.writeBrokenPoolerFile(leadingTo: .east)
            try await bench.reloadPooler()
            try await bench.expectPooler(stays: PoolerLook(pause: .none, leadsTo: .west))
            try await bench.expectClientWrites(on: .west)
            // With such a file it does not start.
            try await bench.killPooler()
            #expect(try await bench.startPooler() == false)
            try await bench.expectPooler(becomes: nil)
            try await bench.writePoolerFile(leadingTo: .west)
            #expect(try await bench.startPooler())
            try await bench.expectClientWrites(on: .west)
        },
        Script(name: "a switchover behind a pause gives no client an error") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.beginWrite()
            try await bench.switchOver()
            try await bench.writePoolerFile(leadingTo: .east)
            try await bench.reloadPooler()
            // A reload leaves the pause in force.
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .east))
            try await bench.expectClientWaits()
            try await bench.resume()
            try await bench.expectClient(becomes: .acknowledged(by: .east))
            try await bench.expectEveryRow(on: .east)
        },
        Script(name: "RESUME towards a stopped server") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.pause()
            try await bench.expectPooler(becomes: PoolerLook(pause: .inForce, leadsTo: .west))
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.resume()
            // Whoever is logged in waits on, and is served when the server is back.
            try await bench.expectPooler(becomes: PoolerLook(pause: .none, leadsTo: .west))
            try await bench.expectClientWaits()
            try await bench.expectStarts(.west)
            try await bench.expectClient(becomes: .acknowledged(by: .west))
            // Without a pause, a server that dies takes the queries with it; a client that logs in now gets an error.
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.beginWrite()
            try await bench.expectClientWaits()
            try await bench.changeClient()
            try await bench.beginWrite()
            try await bench.expectClient(becomes: .failed)
            try await bench.expectStarts(.west)
            try await bench.expectClientWritesAgain(on: .west)
        },
        Script(name: "a pooler that leads to a standby gives clients an error") { bench in
            try await bench.expectClientWrites(on: .west)
            try await bench.writePoolerFile(leadingTo: .east)
            try await bench.reloadPooler()
            try await bench.expectPooler(becomes: PoolerLook(pause: .none, leadsTo: .east))
            try await bench.beginWrite()
            try await bench.expectClient(becomes: .failed)
            // Its session is as it was: it waits where a new one would fail.
            try await bench.kill(.east)
            try await bench.expect(.east, becomes: .down(.inRecovery, standbySignal: true))
            try await bench.beginWrite()
            try await bench.expectClientWaits()
        },
    ]
}
