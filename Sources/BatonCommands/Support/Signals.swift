@preconcurrency import Dispatch
import Glibc

/// Signals of a run: Ctrl-C and SIGTERM become events; a lost terminal and a closed pipe do not disturb it (R18).
final class Signals: Sendable {
    let interruptions: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        interruptions = stream
        signal(SIGHUP, SIG_IGN)
        sources = [(SIGINT, "Ctrl-C"), (SIGTERM, "SIGTERM")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(name) }
            source.activate()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// A reader that went away is noticed by the write, not by the death of the process.
    static func keepPipesQuiet() { signal(SIGPIPE, SIG_IGN) }
}
