import ArgumentParser
import BatonLab
import BatonReports

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "A real two-site lab on loopback: PostgreSQL in west and east, PgBouncer in front.",
        subcommands: [Up.self, Down.self, Status.self, Load.self, Break.self, Heal.self])

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Bring the lab up, or start what is missing.")
        @Option(help: "Standbys of a new lab, 1 to 3: east-db, west-db2, east-db2.") var standbys = 1
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let (state, standbys) = (options.state, standbys)
            let status = try await attempt {
                try await Lab(stateDirectory: state).up(standbys: standbys) { Output.message($0) }
            }
            try show(status, options.format)
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop it and leave no process and no file.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await attempt { try await Lab(stateDirectory: options.state).down { Output.message($0) } }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Servers, roles, lag, and a client's DSN.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let status = try await attempt { try await Lab(stateDirectory: options.state).status() }
            try show(status, options.format)
        }
    }

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Clients that write through the pooler, and what became of every acknowledged write.",
            discussion: "Exit status 2 when an acknowledged write is missing.")

        @Option(help: "Writers at the same time.") var clients = 4
        @Option(help: "How long.") var seconds = 10
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let signals = Signals()
            let (clients, seconds, state) = (clients, seconds, options.state)
            let work = Task {
                try await attempt {
                    try await Lab(stateDirectory: state).load(clients: clients, seconds: seconds) { Output.message($0) }
                }
            }
            let watch = Task { for await _ in signals.interruptions { work.cancel() } }
            defer { watch.cancel() }
            let report = try await work.value
            switch options.format {
            case .json: Output.data(try ReportJSON.text(report))
            case .text: Output.data(report.text)
            }
            if report.missing != 0 { throw ExitStatus.refused }
        }
    }

    struct Break: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Break a server: kill, stop or pause it.")
        @Argument(help: "A node or a pooler.") var name: String
        @Argument(help: "kill (power cut), stop (clean), pause (answers nobody).") var fault: Lab.Fault
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await attempt { try await Lab(stateDirectory: options.state).breakServer(name, fault) }
        }
    }

    struct Heal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a broken server go on.")
        @Argument(help: "A node or a pooler.") var name: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await attempt { try await Lab(stateDirectory: options.state).heal(name) { Output.message($0) } }
        }
    }

    /// Runs a lab operation and shows its error and remedy.
    private static func attempt<Result>(_ work: () async throws -> Result) async throws -> Result {
        do { return try await work() } catch let error as LabError { throw CommandProblem(.error, "\(error)") }
    }

    private static func show(_ status: LabStatus, _ format: OutputFormat) throws {
        switch format {
        case .json: Output.data(try ReportJSON.text(status))
        case .text: Output.data(status.text)
        }
    }
}

extension Lab.Fault: ExpressibleByArgument {}
