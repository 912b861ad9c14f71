import BatonActions
import BatonCore
import BatonPlaybooks
import BatonSimulator
import Glibc

/// `make sim SEEDS=N SEED=S`: plays N seeds from S on, one in three of them an emergency, and names those that break a
/// promise; one seed alone is told from its beginning. With `planned` or `emergency` behind the numbers all of them are.
@main
enum Main {
    private static let clock = ContinuousClock()

    static func main() throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        let count = max(1, numbers.first ?? 100_000)
        let first = numbers.dropFirst().first ?? 1
        #if DEBUG || BATON_REMOVALS
            if CommandLine.arguments.contains("removals") {
                return try RemovalCommand.hunt(Swarm(try plan(planned), catalogue: catalogue), within: count)
            }
        #endif
        print("seeds \(first) to \(first + count - 1)")
        let swarm = try swarm()
        if count == 1 { tell(first, swarm) }
        let broken = play(first..<(first + count), swarm)
        if broken > 0 { exit(2) }
    }

    private static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    private static let planned = "Playbooks/planned-switchover.yaml"

    private static func swarm() throws -> Swarm {
        let emergency = try plan("Playbooks/emergency-promotion.yaml")
        let words = CommandLine.arguments
        if words.contains("emergency") { return Swarm(emergency, catalogue: catalogue) }
        return Swarm(
            try plan(planned), emergency: words.contains("planned") ? nil : emergency, catalogue: catalogue)
    }

    /// A shipped playbook on three nodes and two poolers.
    private static func plan(_ path: String) throws -> Plan {
        let playbook = try PlaybookLoader.load(path: path, catalogue: catalogue)
        return try Planner(catalogue: catalogue).plan(
            playbook.playbook, identity: FileIdentity(name: playbook.playbook.name, sha256: ""),
            on: SimulatedTopology.threeNodes,
            identity: FileIdentity(name: SimulatedTopology.threeNodes.name, sha256: ""),
            to: SimulatedTopology.toSite)
    }

    /// Plays every seed and prints what was seen, alike things together; how many seeds broke a promise.
    private static func play(_ seeds: Range<UInt64>, _ swarm: Swarm) -> Int {
        let start = clock.now
        var outcomes: [String: Int] = [:]
        var occurrences = 0
        var broken: [String: [UInt64]] = [:]
        for seed in seeds {
            var simulation = swarm.simulation(seed: seed)
            let trial = simulation.play()
            outcomes[trial.outcome ?? "never began", default: 0] += 1
            occurrences += trial.occurrences
            if let violation = trial.violations.first {
                let kind = "\(violation.invariant): \(violation.what.filter { !$0.isNumber })"
                broken[kind, default: []].append(seed)
            }
        }
        for (kind, seeds) in broken.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            let some = seeds.prefix(4).map(String.init).joined(separator: ", ")
            print("✗ \(seeds.count) times, as with seed \(some): \(kind)")
        }
        let count = broken.values.reduce(0) { $0 + $1.count }
        print(outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        let seconds = Double((clock.now - start) / .milliseconds(1)) / 1_000
        let rate = Int(Double(seeds.count) / max(seconds, 0.001))
        print(
            "\(seeds.count) seeds, \(count) broke a promise; \(occurrences) occurrences, \(seconds) s, \(rate) runs a second"
        )
        return count
    }

    /// The story of one seed, its record beside it.
    private static func tell(_ seed: UInt64, _ swarm: Swarm) {
        var simulation = swarm.simulation(seed: seed, tells: true)
        let trial = simulation.play()
        for fault in trial.faults { print("fault: \(fault)") }
        for moment in trial.chronicle { print("\(moment.at)  \(moment.who) \(moment.what)") }
        for entry in trial.journal {
            let sent = entry.announced.map { "\($0.action) on \($0.on)" }.joined(separator: ", ")
            print(
                "\(entry.instant - Simulation.start)  \(entry.state.rawValue)  \(entry.rule)  \(entry.note)"
                    + (sent.isEmpty ? "" : "  → \(sent)"))
        }
        for violation in trial.violations { print("✗ \(violation.invariant): \(violation.what)") }
    }
}
