import BatonActions
import BatonCore
import BatonPlaybooks
import BatonSimulator
import Foundation

/// `make sim`: plays many seeds of the simulator and names those that break a promise.
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        let count = arguments.first ?? 10_000
        let first = arguments.dropFirst().first ?? 1
        let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)
        let playbook = try PlaybookLoader.load(path: "Playbooks/planned-switchover.yaml", catalogue: catalogue)
        let plan = try Planner(catalogue: catalogue).plan(
            playbook.playbook, identity: FileIdentity(name: "planned-switchover", sha256: ""),
            on: SimulatedTopology.threeNodes, identity: FileIdentity(name: "simulated", sha256: ""), to: "east")
        let swarm = Swarm(plan, catalogue: catalogue)
        #if DEBUG || BATON_REMOVALS
            if CommandLine.arguments.contains("removals") {
                return try hunt(swarm, within: arguments.first ?? 20_000)
            }
            if CommandLine.arguments.contains("mutant") { return tell(swarm, first) }
        #endif
        if CommandLine.arguments.contains("prove") {
            let path = CommandLine.arguments.last ?? ""
            let book = try PlaybookLoader.load(path: path, catalogue: catalogue)
            let plan = try Planner(catalogue: catalogue).plan(
                book.playbook, identity: FileIdentity(name: "x", sha256: ""),
                on: SimulatedTopology.threeNodes, identity: FileIdentity(name: "simulated", sha256: ""), to: "east")
            let begin = Date()
            let proof = Prover(plan, catalogue: catalogue, depth: Int(count)).prove()
            print(
                "\(path): \(proof.runs) runs, \(proof.states.count) states, \(proof.counterexamples.count) violations, \(Date().timeIntervalSince(begin)) s"
            )
            for found in proof.counterexamples.prefix(8) {
                print(
                    "  \(found.invariant) line \(found.line ?? 0) \(found.step?.rawValue ?? "-"): \(found.what) | \(found.faults)"
                )
                if first == 7 { for line in found.timeline { print("      \(line.at) \(line.who) \(line.what)") } }
            }
            return
        }
        print("seeds \(first)...\(first + count - 1)")
        let start = Date()
        var outcomes: [String: Int] = [:]
        var occurrences = 0
        var failures = 0
        var kinds: [String: [UInt64]] = [:]
        for seed in first..<(first + count) {
            var simulation = swarm.simulation(seed: seed)
            let trial = simulation.play()
            outcomes[trial.outcome ?? "none", default: 0] += 1
            occurrences += trial.occurrences
            guard !trial.violations.isEmpty else { continue }
            failures += 1
            let violation = trial.violations[0]
            let kind = "\(violation.invariant): \(violation.what.filter { !$0.isNumber })"
            kinds[kind, default: []].append(seed)
        }
        for (kind, seeds) in kinds.sorted(by: { $0.value.count > $1.value.count }) {
            print("\(seeds.count) times, seeds \(seeds.prefix(4).map(String.init).joined(separator: ", ")): \(kind)")
        }
        let seconds = Date().timeIntervalSince(start)
        print("\(count) seeds, \(failures) with a violation, \(occurrences) occurrences")
        print(outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        print(String(format: "%.1f s, %.0f runs a second", seconds, Double(count) / seconds))
        if count == 1 {
            var simulation = swarm.simulation(seed: first, tells: true)
            let trial = simulation.play()
            for violation in trial.violations { print(violation) }
            for fault in trial.faults { print(fault) }
            for line in trial.chronicle {
                print("\(line.at) \(line.who) \(line.what)")
            }
            for entry in trial.journal {
                print(
                    "\(entry.instant - Simulation.start) \(entry.rule) \(entry.state.rawValue) \(entry.note) \(entry.announced.map { "\($0.action) \($0.on)" })"
                )
            }
        }
        if failures > 0 { exit(2) }
    }

    #if DEBUG || BATON_REMOVALS
        /// `make removals`: takes everything out of Baton, one at a time, and writes who noticed.
        private static func hunt(_ swarm: Swarm, within limit: UInt64) throws {
            let hunt = RemovalHunt(swarm)
            var rows: [RemovalTable.Row] = []
            var missed = 0
            let part = CommandLine.arguments.contains("even") ? 0 : CommandLine.arguments.contains("odd") ? 1 : nil
            for (index, mutant) in hunt.mutants.enumerated() where part == nil || index % 2 == part {
                if let row = hunt.coveredRow(mutant) ?? hunt.find(mutant, within: limit) {
                    rows.append(row)
                    print("\(row.seed ?? 0) \(row.checker): \(row.rule.rawValue), \(row.what)")
                } else {
                    missed += 1
                    print("NOBODY: \(mutant.rule.rawValue), \(mutant)")
                }
            }
            print("\(rows.count + missed) removals, \(missed) unnoticed")
            if missed > 0 { exit(2) }
            try RemovalTable(rows).markdown.write(
                toFile: "Documentation/Simulator-Removals.md", atomically: true, encoding: .utf8)
        }

        /// The story of one seed without one check.
        private static func tell(_ swarm: Swarm, _ seed: UInt64) {
            let hunt = RemovalHunt(swarm)
            for mutant in hunt.mutants where CommandLine.arguments.contains("\(mutant)") {
                var simulation = mutant.simulation(swarm, seed: seed, tells: true)
                let trial = simulation.play()
                for line in trial.chronicle { print("\(line.at) \(line.who) \(line.what)") }
                for entry in trial.journal {
                    print("\(entry.instant - Simulation.start) \(entry.rule) \(entry.state.rawValue) \(entry.note)")
                }
                for fault in trial.faults { print(fault) }
                for violation in trial.violations { print(violation) }
            }
        }
    #endif
}
