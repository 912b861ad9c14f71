import BatonCore

extension ScenarioFaults {
    /// What an emergency is made of, beside how its primary is lost. Most of it may happen to a planned run as well.
    static let emergency: [ScenarioFault] = [
        ScenarioFault(
            "node.wrote-alone", on: .node, with: .init(.count, default: .count(1)), isInitial: true,
            "It acknowledged so many commits that no standby has received."
        ) { aim in
            [
                .disturbance(
                    Disturbance("\(aim.name) wrote \(aim.count) commits alone", hurt: aim.hurt) {
                        $0.truth.writeAlone(aim.index, commits: aim.count)
                    })
            ]
        },
        ScenarioFault(
            "standby.misses-log", on: .node, with: .init(.count, default: .count(1)), isInitial: true,
            "It lacks so many commits that its primary had sent to others."
        ) { aim in
            [
                .disturbance(
                    Disturbance("\(aim.name) lacks \(aim.count) commits", hurt: aim.hurt) {
                        $0.truth.lack(aim.index, aim.count)
                    })
            ]
        },
        ScenarioFault("host.unreachable", on: .node, "Baton's packets to its host vanish; those to its server do not.")
        {
            aim in
            [
                .disturbance(
                    Disturbance("the host of \(aim.name) does not answer", hurt: aim.hurt) {
                        $0.truth.network.cut(from: .baton, to: .host(aim.index))
                        $0.truth.network.cut(from: .host(aim.index), to: .baton)
                    })
            ]
        },
        .server(
            "node.postmaster-dies", "Its postmaster is killed; it lets nobody in, and sessions that were open go on.",
            "loses its postmaster"
        ) { $0.losePostmaster($1.index) },
        ScenarioFault("node.forced", on: .node, "Somebody removes its standby.signal and starts it, where it is down.")
        {
            [.nodeForced($0.index)]
        },
        ScenarioFault(
            "standby.disk-full", on: .node, "Its disk is full: a promotion ends in a crash, and so does a start."
        ) {
            [.disturbance(.fullDisk($0.index, $0.name))]
        },
        ScenarioFault("standby.promotes-in-place", on: .node, "It leaves recovery without a new timeline.") {
            [.disturbance(.promotesInPlace($0.index, $0.name))]
        },
        ScenarioFault(
            "step.happens-late", on: .step,
            "A promotion is given up, and happens when nobody waits for it any more; another step never happens."
        ) { aim in
            guard let step = aim.step, let target = aim.target else { return [] }
            return [
                .disturbance(
                    Disturbance("\(step.id) for \(target) happens late", hurt: { _ in }) {
                        $0.distort(StepDistortion(step: step.id, target: target, distortion: .late))
                    })
            ]
        },
        ScenarioFault("other.operator", on: .run, "Somebody promotes the other site from another machine.") { _ in
            [.disturbance(.otherOperator)]
        },
        ScenarioFault(
            "clock.jumps", on: .run, with: .init(.span, default: .span(.seconds(3_600))),
            "The wall clock of Baton's machine jumps ahead by so much."
        ) { [.wallClockJumps(Int($0.span.nanoseconds / 1_000_000_000))] },
    ]
}

extension Truth {
    /// Commits that clients hold acknowledgements for, and that stand in no other log. A primary that has stopped wrote them
    /// before.
    fileprivate mutating func writeAlone(_ node: Int, commits: Int) {
        let bytes = Self.commit * UInt64(commits)
        nodes[node].log.end += bytes
        nodes[node].replayed = nodes[node].log.end
        if nodes[node].control == .shutDown {
            // Then nobody has its shutdown checkpoint, which came after them.
            let before = nodes[node].checkpoint
            for other in nodes.indices where other != node && nodes[other].log.end > before {
                nodes[other].log.end = before
                nodes[other].replayed = before
            }
            nodes[node].checkpoint += bytes
        }
        guard let known = acknowledged.firstIndex(where: { $0.timeline.isSame(as: nodes[node].log.current) }) else {
            return
        }
        acknowledged[known].position += bytes
    }
}
