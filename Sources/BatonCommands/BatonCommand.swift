package import ArgumentParser

/// `baton`: every subcommand is one file.
package struct BatonCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "baton",
        abstract: "Passes the primary role of a PostgreSQL service from one site to another, and proves that it did.",
        discussion: """
            A playbook says how you fail over; a topology says what you have. From that pair Baton answers whether you \
            could fail over right now, runs the planned drill, and records every step for audit.

            Exit status: 0 done · 1 error, nothing changed · 2 refused, nothing changed · 3 an operator must act · \
            4 rolled back · 5 drill completed, an objective was missed · 64 usage · 65 bad playbook or topology · \
            75 another run holds the lease · 130 interrupted.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Before:",
                subcommands: [
                    CheckCommand.self, ExplainCommand.self, SchemaCommand.self, TestCommand.self, ProveCommand.self,
                    PlanCommand.self, PreflightCommand.self, DocsCommand.self,
                ]),
            CommandGroup(
                name: "Run:",
                subcommands: [DrillCommand.self, SwitchoverCommand.self, PromoteCommand.self, RejoinCommand.self]),
            CommandGroup(
                name: "Unfinished runs:", subcommands: [ResumeCommand.self, AbortCommand.self, DecideCommand.self]),
            CommandGroup(
                name: "After:",
                subcommands: [
                    WatchCommand.self, StatusCommand.self, RunsCommand.self, ReportCommand.self, AuditCommand.self,
                ]),
            CommandGroup(name: "Try it:", subcommands: [LabCommand.self, GuardCommand.self]),
        ])

    package init() {}

    /// Runs the command line and exits the process.
    package static func start() async -> Never {
        Signals.keepPipesQuiet()
        Output.keepStandardStreams()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            ExitStatus.done.exit()
        } catch let problem as CommandProblem {
            Output.message(problem.text)
            problem.status.exit()
        } catch let status as ExitStatus {
            status.exit()
        } catch {
            exit(withError: error)
        }
    }
}

enum Version {
    static let text = "baton 0.1.0"
}
