import ArgumentParser
import BatonCore
import BatonEngine
import BatonReports

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "After a promotion: fence a lost primary again when it comes back.",
        discussion: """
            Looks at every node of the topology and holds no lease meanwhile. A node that a promotion fenced and that accepts \
            writes again is fenced at once, as a run with a record of its own, by the record of the run that promoted. Where \
            several nodes accept writes and no record says which of them is right, nobody is fenced: the commands are shown. \
            Ctrl-C or SIGTERM ends it.
            Exit status with --once: 0 nothing to do, 3 a node came back, fenced or not.
            Example: baton watch -t topology.yaml
            """)

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("What you have.", valueName: "file"))
    var topology: String?

    @Flag(help: "Look once, act if need be, and end.")
    var once = false

    @Option(help: ArgumentHelp("Time between two looks, such as `1s`.", valueName: "span"))
    var interval = WatchInterval.second

    @OptionGroup var options: GlobalOptions

    /// Time between two looks for a signal.
    private static let heartbeat = TimeSpan.milliseconds(50)

    /// The command that judges a split brain once.
    static func line(topology: String, state: String) -> String {
        ByHandRenderer.line(
            ["baton", "watch", "-t", topology, "--once"]
                + (state == RunReportText.defaultState ? [] : ["--state", state]))
    }

    func run() async throws {
        let interruptions = Interruptions(Signals())
        let path = topology ?? "\(options.state)/lab/topology.yaml"
        let loaded = try LiveCluster.load(path)
        let lookout = Lookout(
            topology: loaded, options: options, line: Self.line(topology: path, state: options.stateOption))
        var last: WatchReport?
        repeat {
            let report = try await lookout.look()
            if once || last.map({ report.differs(from: $0) }) ?? true { show(report) }
            last = report
            let end = SystemClock.deadline(in: interval.span)
            while !once, !interruptions.hasCome, SystemClock.now() < end {
                try await SystemClock.sleep(min(Self.heartbeat, interval.span))
            }
        } while !once && !interruptions.hasCome
        await lookout.end()
        if once, let last, last.verdict != .quiet { throw ExitStatus.operatorNeeded }
    }

    private func show(_ report: WatchReport) {
        switch options.format {
        case .json: if let text = try? ReportJSON.text(report) { Output.data(text) }
        case .text: Output.document(report.document())
        }
    }
}

/// A span as files write it.
struct WatchInterval: ExpressibleByArgument {
    let span: TimeSpan
    static let second = WatchInterval(span: .seconds(1))

    private init(span: TimeSpan) { self.span = span }

    init?(argument: String) {
        let digits = argument.prefix { $0.isNumber }
        guard let number = Int64(digits), number > 0,
            let unit = Units.spans.first(where: { $0.name == argument.dropFirst(digits.count) })
        else { return nil }
        let (nanoseconds, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        guard !overflow, nanoseconds >= TimeSpan.milliseconds(50).nanoseconds else { return nil }
        span = TimeSpan(nanoseconds: nanoseconds)
    }

    var defaultValueDescription: String { Units.written(span) }
}

extension WatchReport {
    /// Whether people have to be told again.
    func differs(from other: WatchReport) -> Bool {
        verdict != other.verdict || reason != other.reason || run != other.run || writers != other.writers
    }
}
