@preconcurrency import Dispatch
import Glibc

/// Signals of a run: Ctrl-C and SIGTERM become events; a lost terminal and a closed pipe do not disturb it (R18), nor do
/// Ctrl-Z and the terminal's own signals stop it while clients wait.
final class Signals: Sendable {
    let interruptions: AsyncStream<String>
    /// One element for each line that is typed; none where stdin is no terminal.
    let lines: AsyncStream<Void>
    private let sources: [any DispatchSourceProtocol]

    init() {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        interruptions = stream
        for number in [SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU] { signal(number, SIG_IGN) }
        let signals: [any DispatchSourceProtocol] = [(SIGINT, "Ctrl-C"), (SIGTERM, "SIGTERM")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(name) }
            source.activate()
            return source
        }
        let (typed, enter) = AsyncStream<Void>.makeStream()
        lines = typed
        guard isatty(STDIN_FILENO) == 1 else {
            sources = signals
            return
        }
        let keyboard = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        keyboard.setEventHandler {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            // A terminal that is gone, or that this process is in the background of, says nothing more.
            guard count > 0 else { return enter.finish() }
            if buffer[..<count].contains(10) { enter.yield() }
        }
        enter.onTermination = { _ in keyboard.cancel() }
        keyboard.activate()
        sources = signals + [keyboard]
    }

    deinit { for source in sources { source.cancel() } }

    /// A reader that went away is noticed by the write, not by the death of the process.
    static func keepPipesQuiet() { signal(SIGPIPE, SIG_IGN) }
}
