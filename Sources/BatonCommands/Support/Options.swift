import ArgumentParser
import Glibc

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: "How the answer is written on stdout; messages for people go to stderr.")
    var format: OutputFormat = .text

    @Option(
        name: .customLong("state"), help: ArgumentHelp("Where runs, leases and the lab are kept.", valueName: "dir"))
    var stateOption: String = ".baton"

    /// The state directory as an absolute path: servers of the lab outlive the working directory of this process.
    var state: String { absolute(stateOption) }
}

/// A path made absolute against the working directory.
func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let buffer = getcwd(nil, 0) else { return path }
    defer { free(buffer) }
    let directory = String(cString: buffer)
    return path == "." ? directory : "\(directory)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
}

/// The pair of files and the direction that a plan is made from.
struct PlanOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("How you fail over.", valueName: "playbook"))
    var playbook: String

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("What you have.", valueName: "file"))
    var topology: String?

    @Option(help: ArgumentHelp("The site that the primary role goes to.", valueName: "site"))
    var to: String
}

/// How a person agrees to a change.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: .customShort("y"), help: "Do not ask; the command line is the confirmation.")
    var yes = false

    @Option(help: ArgumentHelp("Do not ask; must be the topology's name.", valueName: "name"))
    var confirm: String?

    /// For a command that goes on with a run that somebody agreed to: a name that is given must be the right one, and
    /// nobody is asked. Clients may be waiting.
    func check(_ topology: String) throws {
        guard let confirm, confirm != topology else { return }
        throw CommandProblem(
            .usage, "--confirm \(confirm) is not the topology's name", remedy: "--confirm \(topology)")
    }

    /// Whether a person is there and is to be asked.
    var asks: Bool { !yes && confirm == nil && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Returns when the person agreed; throws what to do otherwise.
    func require(_ topology: String, to change: String) throws {
        try check(topology)
        if yes || confirm != nil { return }
        guard asks else {
            throw CommandProblem(
                .usage, "\(change), and there is no terminal to ask at", remedy: "add -y or --confirm \(topology)")
        }
        Output.raw("\(change). Type the topology's name (\(topology)) to go on: ", to: STDERR_FILENO)
        guard readLine() == topology else {
            throw CommandProblem(.interrupted, "not confirmed; nothing was changed")
        }
    }
}
