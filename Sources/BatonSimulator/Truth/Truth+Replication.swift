import BatonCore

/// How log gets from a primary to its standbys.
extension Truth {
    /// `pg_reload_conf`: a walreceiver whose settings changed connects anew.
    mutating func reloadServer(_ node: Int) {
        if nodes[node].leadsNowhere {
            disconnect(node)
            nodes[node].upstream = nil
            hasChanged = true
            return
        }
        guard let upstream = nodes[node].upstreamInFile, nodes[node].upstream != upstream else { return }
        disconnect(node)
        nodes[node].upstream = upstream
        if nodes[node].process == .running, nodes[node].inRecovery { retry(node, after: .zero) }
        hasChanged = true
    }

    mutating func disconnect(_ node: Int) {
        if let upstream = nodes[node].upstream, nodes[node].isStreaming {
            nodes[upstream].senders &= ~(1 << UInt64(node))
            finishStop(upstream)
        }
        nodes[node].isStreaming = false
    }

    mutating func retry(_ node: Int, after span: TimeSpan) {
        schedule(.connects(node: node, epoch: nodes[node].epoch), after: span)
    }

    /// The walreceiver tries to connect.
    mutating func connect(_ node: Int) {
        let me = nodes[node]
        guard me.process == .running, me.inRecovery, !me.isStreaming, !me.isHung, let upstream = me.upstream else {
            return
        }
        let source = nodes[upstream]
        // A standby that names a slot does not stream where there is none; one that names none finds what is left.
        let hasSlot = source.slots & (1 << UInt64(node)) != 0
        let isKept = me.namesSlot ? hasSlot : hasSlot || me.log.end >= source.keptFrom
        guard source.process == .running, !source.isHung, network.connects(.node(node), .node(upstream)),
            source.systemIdentifier == me.systemIdentifier, !me.defects.receiverDead
        else { return retry(node, after: Pace.retry) }
        guard source.log.continues(me.log) else {
            // The history comes first, the refusal after it.
            if source.log.current.number > me.log.current.number { nodes[node].isBarredByHistory = true }
            return retry(node, after: Pace.retry)
        }
        guard isKept else { return retry(node, after: Pace.retry) }
        nodes[node].isStreaming = true
        nodes[upstream].senders |= 1 << UInt64(node)
        hasChanged = true
        schedule(.received(node: node, epoch: me.epoch), after: Pace.delivery)
    }

    /// Sends what is new to every connected standby.
    mutating func send(from node: Int) {
        for receiver in nodes.indices where nodes[receiver].upstream == node && nodes[receiver].isStreaming {
            schedule(.received(node: receiver, epoch: nodes[receiver].epoch), after: Pace.delivery)
        }
    }

    mutating func receive(_ node: Int) {
        guard nodes[node].isStreaming, nodes[node].process == .running, !nodes[node].isHung,
            let upstream = nodes[node].upstream
        else { return }
        guard network.connects(.node(upstream), .node(node)) else {
            // Packets vanish: the standby notices by its own timeout, the primary by `wal_sender_timeout`.
            nodes[node].isStreaming = false
            schedule(
                .senderTimesOut(node: upstream, receiver: node, epoch: nodes[upstream].epoch),
                after: Pace.senderTimeout)
            return retry(node, after: Pace.senderTimeout)
        }
        let source = nodes[upstream]
        guard source.process != .none else { return }
        let hadMore = nodes[node].log != source.log
        nodes[node].log = source.log
        nodes[node].isBarredByHistory = false
        if hadMore {
            let delay = nodes[node].defects.replayDelay
            if delay == .zero, !nodes[node].defects.replayPaused {
                nodes[node].replayed = source.log.end
                if nodes[node].slots != 0 || nodes[node].senders != 0 { send(from: node) }
            } else {
                schedule(.replayed(node: node, epoch: nodes[node].epoch, upTo: source.log.end), after: delay)
            }
        }
        finishStop(upstream)
    }

    mutating func replay(_ node: Int, upTo position: UInt64) {
        guard nodes[node].process == .running, nodes[node].inRecovery, !nodes[node].defects.replayPaused else { return }
        nodes[node].replayed = max(nodes[node].replayed, min(position, nodes[node].log.end))
    }

    mutating func senderTimesOut(_ node: Int, receiver: Int) {
        guard !nodes[node].isHung else { return }
        if nodes[receiver].isStreaming, nodes[receiver].upstream == node {
            // A receiver that has connected again is another walsender; one that hangs has answered nothing.
            guard hasHung(receiver) else { return }
            nodes[receiver].isStreaming = false
        }
        nodes[node].senders &= ~(1 << UInt64(receiver))
        finishStop(node)
    }

    /// `wal_receiver_timeout`: a standby gives up a primary that hangs.
    mutating func receiverTimesOut(_ node: Int) {
        guard nodes[node].isStreaming, !nodes[node].isHung, let upstream = nodes[node].upstream, hasHung(upstream)
        else {
            return
        }
        nodes[node].isStreaming = false
        hasChanged = true
        retry(node, after: Pace.retry)
    }

    private func hasHung(_ node: Int) -> Bool {
        guard nodes[node].isHung, let since = nodes[node].hungSince else { return false }
        return now - since >= Pace.senderTimeout
    }

    /// From here on the log is kept for `owner`.
    mutating func createSlot(on node: Int, for owner: Int) {
        nodes[node].slots |= 1 << UInt64(owner)
        hasChanged = true
    }

    /// `pg_drop_replication_slot`; false when a connected standby uses it (SQLSTATE 55006).
    mutating func dropSlot(on node: Int, for owner: Int) -> Bool {
        guard nodes[node].senders & (1 << UInt64(owner)) == 0 else { return false }
        nodes[node].slots &= ~(1 << UInt64(owner))
        hasChanged = true
        return true
    }

    mutating func dropUnusedSlot(of owner: Int, on node: Int) {
        guard nodes[node].senders & (1 << UInt64(owner)) == 0 else { return }
        nodes[node].slots &= ~(1 << UInt64(owner))
        hasChanged = true
    }

    /// Drops the slots that no connected standby uses, as `pg_drop_replication_slot` refuses those in use.
    mutating func dropUnusedSlots(on node: Int) {
        for owner in nodes.indices { _ = dropSlot(on: node, for: owner) }
    }
}
