import BatonCore
import BatonEngine
import BatonReports
import Glibc
import Synchronization

/// Progress on stderr: a line for each step that ended, and on a terminal the running steps below, redrawn in place.
final class LiveDisplay: Sendable {
    private struct Screen {
        var view: ProgressView
        var machine: RunMachine
        var drawn = 0
        var isOver = false
    }

    private let screen: Mutex<Screen>
    private let style = Output.style(of: STDERR_FILENO)
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private static let redrawInterval = TimeSpan.milliseconds(100)

    private let clock: RunClock

    /// - Parameter clock: the run's, in whose time the machine's moments are.
    init(_ machine: RunMachine, startedAt: Instant, clock: RunClock) {
        self.clock = clock
        screen = Mutex(Screen(view: ProgressView(machine, startedAt: startedAt), machine: machine))
        guard isTerminal else { return }
        Task { [weak self] in
            while (try? await SystemClock.sleep(Self.redrawInterval)) != nil {
                guard let self, self.redraw() else { return }
            }
        }
    }

    func show(_ machine: RunMachine, _ transition: Transition) {
        screen.withLock { screen in
            screen.machine = machine
            screen.view.replicationLag = machine.measuredLag
            var lines = screen.view.advance(machine, note: transition.note, at: clock.now())
            if case .illegal(let why) = transition.disposition {
                lines.append(StyledLine("a fault in Baton, without effect on the run: \(why)", .bad))
            }
            guard !lines.isEmpty else { return }
            let text = erase(&screen) + lines.map { $0.rendered(style) + "\n" }.joined()
            Output.raw(text, to: STDERR_FILENO)
        }
    }

    /// Leaves the finished lines on the screen.
    func end() {
        screen.withLock { screen in
            Output.raw(erase(&screen), to: STDERR_FILENO)
            screen.isOver = true
        }
    }

    private func redraw() -> Bool {
        screen.withLock { screen in
            guard !screen.isOver else { return false }
            var text = erase(&screen)
            let lines = screen.view.live(screen.machine, at: clock.now())
            text += lines.map { $0.rendered(style) + "\n" }.joined()
            screen.drawn = lines.count
            Output.raw(text, to: STDERR_FILENO)
            return true
        }
    }

    /// Goes back over the lines that were drawn and clears them (ECMA-48: CPL, ED).
    private func erase(_ screen: inout Screen) -> String {
        defer { screen.drawn = 0 }
        return screen.drawn == 0 ? "" : "\u{1B}[\(screen.drawn)F\u{1B}[J"
    }
}

extension RunMachine {
    /// How far new was behind when that was last asked; nil when no gate asked in bytes.
    fileprivate var measuredLag: ByteCount? {
        order.compactMap { items[$0]?.verdict?.observed }.last { $0.unit == "bytes" }
            .flatMap { $0.value.map { ByteCount(Int64($0)) } }
    }
}
