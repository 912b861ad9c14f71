import Testing

extension Script {
    static let following = [
        Script(name: "an old primary that was stopped cleanly follows the new one") { bench in
            try await bench.expectWrites(3, on: .west)
            try await bench.switchOver()
            try await bench.expectWrites(3, on: .east)
            try await bench.setStandbySignal(true, on: .west)
            try await bench.setUpstream(of: .west, to: .east)
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .standby(of: .east, timeline: 2))
            try await bench.expectEveryRow(on: .west)
            try await bench.expectWrites(on: .east)
            try await bench.expectEveryRow(on: .west)
        },
        Script(name: "an old primary that wrote after the fork does not follow the new one") { bench in
            try await bench.createSlot(for: .west, on: .east)
            try await bench.expectWrites(on: .west)
            try await bench.expectEveryRow(on: .east)
            #expect(try await bench.promote(.east) == .asked)
            try await bench.expect(.east, becomes: .primary(timeline: 2))
            try await bench.expectWrites(on: .west)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDown, standbySignal: false))
            try await bench.setStandbySignal(true, on: .west)
            try await bench.setUpstream(of: .west, to: .east)
            try await bench.expectStarts(.west)
            // Its walreceiver may connect again and again, and gets nothing but what both have.
            try await bench.expectWrites(on: .east)
            let stays = try await bench.lasts {
                let look = try await bench.look(.west)
                return look.role == .standby && look.timeline == 1 && look.hasStandbySignal
            }
            #expect(stays)
            #expect(try await bench.seesEveryAcknowledgedRow(.west) == false)
            try await bench.stopFast(.west)
            try await bench.expect(.west, becomes: .down(.shutDownInRecovery, standbySignal: true))
            #expect(try await bench.start(.west) == false)
        },
        Script(name: "a standby without its slot does not stream") { bench in
            try await bench.stopFast(.east)
            try await bench.expect(.east, becomes: .down(.shutDownInRecovery, standbySignal: true))
            #expect(try await bench.dropSlot(for: .east, on: .west) == .dropped)
            try await bench.expectStarts(.east)
            try await bench.expect(.east, stays: .standby(of: nil, timeline: 1))
            try await bench.createSlot(for: .east, on: .west)
            try await bench.expect(.east, becomes: .standby(of: .west, timeline: 1))
        },
        Script(name: "slots") { bench in
            let idle = SlotLook(isReserved: true, isActive: false)
            let active = SlotLook(isReserved: true, isActive: true)
            #expect(try await bench.slots(on: .west) == [.east: active])
            #expect(try await bench.dropSlot(for: .east, on: .west) == .inUse)
            // Made on a standby, kept over its promotion and a restart.
            try await bench.switchOver()
            #expect(try await bench.slots(on: .east) == [.west: idle])
            try await bench.stopFast(.east)
            try await bench.expect(.east, becomes: .down(.shutDown, standbySignal: false))
            try await bench.expectStarts(.east)
            #expect(try await bench.slots(on: .east) == [.west: idle])
            try await bench.setStandbySignal(true, on: .west)
            try await bench.setUpstream(of: .west, to: .east)
            try await bench.expectStarts(.west)
            try await bench.expect(.west, becomes: .standby(of: .east, timeline: 2))
            #expect(try await bench.slots(on: .east) == [.west: active])
            #expect(try await bench.dropSlot(for: .west, on: .east) == .inUse)
            // An old primary keeps the slots of its standbys, and nobody uses them.
            #expect(try await bench.slots(on: .west) == [.east: idle])
            #expect(try await bench.dropSlot(for: .east, on: .west) == .dropped)
            #expect(try await bench.slots(on: .west) == [:])
        },
    ]
}
