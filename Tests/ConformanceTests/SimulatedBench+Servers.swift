import BatonCore

@testable import BatonSimulator

extension SimulatedBench {
    // MARK: Orders

    func stopFast(_ side: Side) { order { $0.stopFast(side.rawValue) } }
    func stopAtOnce(_ side: Side) { order { $0.kill(side.rawValue) } }
    func kill(_ side: Side) { order { $0.kill(side.rawValue) } }

    func start(_ side: Side) async throws -> Bool {
        order { $0.start(side.rawValue) }
        _ = try await comes { truth.nodes[side.rawValue].process != .starting }
        return truth.nodes[side.rawValue].isUp
    }

    func hang(_ side: Side) { order { $0.hang(side.rawValue) } }
    func goOn(_ side: Side) { order { $0.unhang(side.rawValue) } }

    func setStandbySignal(_ present: Bool, on side: Side) { order { $0.setStandbySignal(present, on: side.rawValue) } }

    func setUpstream(of side: Side, to upstream: Side) {
        order { $0.nodes[side.rawValue].upstreamInFile = upstream.rawValue }
    }

    func reload(_ side: Side) { order { $0.reloadServer(side.rawValue) } }

    func promote(_ side: Side) -> PromoteAnswer {
        let node = truth.nodes[side.rawValue]
        guard node.process == .running else { return .refused }
        let isAsked = order { $0.promote(side.rawValue) }
        if node.isHung { return .silent }
        return isAsked ? .asked : .notInRecovery
    }

    func pauseReplay(_ side: Side) { order { $0.nodes[side.rawValue].defects.replayPaused = true } }

    func resumeReplay(_ side: Side) {
        order { truth in
            truth.nodes[side.rawValue].defects.replayPaused = false
            let node = truth.nodes[side.rawValue]
            truth.schedule(.replayed(node: side.rawValue, epoch: node.epoch, upTo: node.log.end), after: .zero)
        }
    }

    /// Virtual time may take as long as it is.
    func shortenTimeouts(_ side: Side) {}

    func createSlot(for standby: Side, on side: Side) {
        order { $0.createSlot(on: side.rawValue, for: standby.rawValue) }
    }

    func dropSlot(for standby: Side, on side: Side) -> DropAnswer {
        order { $0.dropSlot(on: side.rawValue, for: standby.rawValue) } ? .dropped : .inUse
    }

    // MARK: Looks

    func look(_ side: Side) -> ServerLook {
        let node = truth.nodes[side.rawValue]
        let control: ServerLook.Control =
            switch node.control {
            case .inProduction: .inProduction
            case .shutDown: .shutDown
            case .inRecovery: .inRecovery
            case .shutDownInRecovery: .shutDownInRecovery
            }
        var look = ServerLook(
            runs: node.process != .none, control: control, hasStandbySignal: node.hasStandbySignal)
        guard node.isUp, !node.isHung else { return look }
        look.role = node.inRecovery ? .standby : .primary
        look.timeline = node.log.current.number
        look.streamsFrom = node.isStreaming ? node.upstream.flatMap(Side.init) : nil
        look.isReplayPaused = node.inRecovery && node.defects.replayPaused
        return look
    }

    func replay(on side: Side, ofCheckpointOf stopped: Side) -> ReplayLook {
        let replayed = truth.nodes[side.rawValue].replayed
        let checkpoint = truth.nodes[stopped.rawValue].checkpoint
        return replayed <= checkpoint ? .notYet : replayed <= checkpoint + 8_192 ? .exactly : .beyond
    }

    func slots(on side: Side) -> [Side: SlotLook] {
        let node = truth.nodes[side.rawValue]
        let owners = Side.allCases.filter { node.slots & (1 << UInt64($0.rawValue)) != 0 }
        return Dictionary(
            uniqueKeysWithValues: owners.map {
                ($0, SlotLook(isReserved: true, isActive: node.senders & (1 << UInt64($0.rawValue)) != 0))
            })
    }
}

extension SimulatedBench {
    // MARK: The pooler

    func pause() { order { $0.pause(0) } }
    /// The simulated console has no sessions: a pause is nobody's.
    func leavePausingSession() {}
    func resume() { order { $0.resume(0) } }
    func reloadPooler() { order { $0.reloadPooler(0) } }
    func writePoolerFile(leadingTo side: Side) {
        order { truth in
            truth.writePoolerFile(0, target: side.rawValue)
            truth.poolers[0].defects.brokenReload = false
        }
    }

    func writeBrokenPoolerFile(leadingTo side: Side) {
        order { truth in
            truth.writePoolerFile(0, target: side.rawValue)
            truth.poolers[0].defects.brokenReload = true
        }
    }

    func killPooler() { order { $0.killPooler(0) } }

    func startPooler() -> Bool {
        order { $0.startPooler(0) }
        return truth.poolers[0].isUp
    }

    func hangPooler() { order { $0.hangPooler(0) } }
    func poolerGoesOn() { order { $0.unhangPooler(0) } }

    func lookAtPooler() -> PoolerLook? {
        let pooler = truth.poolers[0]
        guard pooler.isUp, !pooler.isHung, let target = pooler.loadedTarget.flatMap(Side.init) else { return nil }
        let pause: PoolerLook.Pause =
            switch pooler.pause {
            case .none: .none
            case .waiting: .waiting
            case .paused: .inForce
            }
        return PoolerLook(pause: pause, leadsTo: target)
    }

    func changeClient() { truth.clients[0].hasSession = false }

    func openTransaction(for span: TimeSpan) {
        order { truth in
            guard let target = truth.poolers[0].loadedTarget else { return }
            truth.nodes[target].defects.openUntil = truth.now + span
        }
    }
}
