import BatonCore
import Glibc
import Testing

@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// Switchover after switchover there and back under load, most of them disturbed at random.
    @Suite(.serialized)
    struct SoakSerialTests {
        @Test(
            "every invariant holds after each; memory, files and disk stay flat",
            .enabled(if: SweepSettings.soakCount != nil))
        func soak() async throws {
            let count = SweepSettings.soakCount ?? 0
            let seed = SweepSettings.seed ?? .random(in: 1...999_999)
            try await Sweep.with { sweep in
                var random = SeededRandom(seed: seed)
                let hasty = try ServerSweepSerialTests.hasty(sweep.world)
                var table = SweepTable("Soak of \(count), seed \(seed)")
                var figures: [SoakFigures] = []
                for number in 1...max(1, count) {
                    let meter = ProcessMeter()
                    var trial = sweep.random(&random, hasty: hasty)
                    trial.meter = meter
                    trial.name = "\(number) " + trial.name
                    let row = try await sweep.run(trial)
                    table.add(row)
                    #expect(row.violations.isEmpty, "seed \(seed), \(trial.name)")
                    figures.append(SoakFigures(meter.take(), disk: try await sweep.disk()))
                }
                for line in SoakFigures.summary(figures) { table.put(line) }
                #expect(SoakFigures.growth(figures).isEmpty, "seed \(seed)")
            }
        }
    }
}

extension Sweep {
    /// Lines of an undisturbed switchover's journal.
    private static let lines = 51
    /// The line that arms the guard, and the last one at which it is there.
    private static let guarded = 29...49

    /// A switchover with nothing, or something, done to it.
    ///
    /// - Parameter hasty: the playbook for those whose servers do not answer.
    func random(_ random: inout SeededRandom, hasty: String) -> Trial {
        switch Int.random(in: 1...100, using: &random) {
        case ...15: return undisturbed()
        case ...65:
            let moment = KillPoint.Moment.allCases.randomElement(using: &random) ?? .written
            let delay = Bool.random(using: &random) ? 0 : Int64.random(in: 1...40_000, using: &random)
            var trial = killing(
                KillPoint(
                    moment: delay > 0 ? .written : moment, line: .random(in: 1...Self.lines, using: &random),
                    delay: .microseconds(delay)))
            // It may have ended before.
            trial.exits = [0, 137]
            return trial
        case ...85:
            let alsoBaton = Bool.random(using: &random)
            var trial = killing(KillPoint(line: .random(in: Self.guarded, using: &random), signal: SIGSTOP))
            trial.name = "guard killed, Baton " + (alsoBaton ? "killed too, at " : "goes on from ") + trial.name
            trial.exits = alsoBaton ? [137] : [0, 4]
            trial.meanwhile = { running, _ in
                try await untilStopped(running.pid)
                for pid in try guards() { kill(pid, SIGKILL) }
                running.send(alsoBaton ? SIGKILL : SIGCONT)
            }
            return trial
        default:
            let blow = ServerBlow.all.randomElement(using: &random) ?? ServerBlow(.fence, .old, .kill)
            return blow.trial(self, playbook: hasty)
        }
    }

    /// Kilobytes of the runs' directories, and of everything else but the servers' data.
    func disk() async throws -> [Int] {
        var sizes: [Int] = []
        for arguments in [["-sk", world.state + "/runs"], ["-sk", "--exclude=pg", "--exclude=runs", world.state]] {
            let result = try await Program.run("du", arguments, deadline: WorldFixture.soon())
            sizes.append(result.output.split(separator: "\t").first.flatMap { Int($0) } ?? 0)
        }
        return sizes
    }
}

/// What one switchover of a soak took.
struct SoakFigures: Sendable {
    /// The most that a process of the name had: kB and descriptors.
    var memory: [String: Int] = [:]
    var files: [String: Int] = [:]
    /// kB: the runs' directories, everything else.
    var disk: [Int]

    init(_ processes: [ProcessMeter.Process], disk: [Int]) {
        self.disk = disk
        for process in processes {
            memory[process.command] = max(memory[process.command] ?? 0, process.memory)
            files[process.command] = max(files[process.command] ?? 0, process.files)
        }
    }

    private static func ends(_ values: [Int]) -> (first: ArraySlice<Int>, last: ArraySlice<Int>) {
        (values.prefix(10), values.suffix(10))
    }

    private static func series(_ figures: [SoakFigures]) -> [(name: String, values: [Int])] {
        ["switchover", "guard", "resume"].flatMap { name in
            [
                ("\(name), most memory kB", figures.compactMap { $0.memory[name] }),
                ("\(name), most open files", figures.compactMap { $0.files[name] }),
            ]
        }
    }

    static func summary(_ figures: [SoakFigures]) -> [String] {
        let processes = series(figures).map { name, values in
            "\(name): first \(Array(ends(values).first)), last \(Array(ends(values).last))"
        }
        let runs = figures.map { $0.disk[0] }
        let rest = figures.map { $0.disk[1] }
        return processes + [
            "runs' directories kB: \(runs.first ?? 0) after the first, \(runs.last ?? 0) after the last of \(runs.count)",
            "rest of the state directory kB: \(rest.first ?? 0) after the first, \(rest.last ?? 0) after the last",
        ]
    }

    /// What grew by more than a third from the first ten to the last ten.
    static func growth(_ figures: [SoakFigures]) -> [String] {
        series(figures).compactMap { name, values in
            let (first, last) = (ends(values).first.max() ?? 0, ends(values).last.max() ?? 0)
            return values.count >= 20 && last * 3 > first * 4 ? "\(name): \(first), then \(last)" : nil
        }
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
