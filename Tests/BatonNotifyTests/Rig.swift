import BatonCore
import BatonEngine
import BatonHTTP
import BatonNotify
import Foundation
import Synchronization

/// A queue with its warnings, and a directory for what programs leave behind.
final class Rig: Sendable {
    private let warned = Mutex<[String]>([])
    let directory: String

    init() throws {
        // As the command does: writing to a program that reads nothing is an error, not the end.
        signal(SIGPIPE, SIG_IGN)
        let url = FileManager.default.temporaryDirectory.appending(path: "baton-notify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var warnings: [String] { warned.withLock { $0 } }

    func queue(_ targets: [NotifyTarget], secrets: [SecretReference: String] = [:]) -> NoticeQueue {
        NoticeQueue(
            targets, http: HTTPClient(proxies: .none),
            secrets: { reference, _ in
                guard let secret = secrets[reference] else { throw NoSecret() }
                return Secret(secret)
            }, warn: { [self] text in warned.withLock { $0.append(text) } })
    }

    struct NoSecret: Error, CustomStringConvertible {
        var description: String { "nobody knows the secret" }
    }

    func path(_ name: String) -> String { directory + "/" + name }

    func text(_ name: String) -> String? { try? String(contentsOfFile: path(name), encoding: .utf8) }

    /// A program of the user: a shell's text whose `$1` is the directory.
    func script(
        _ name: String = "page", _ text: String, on: [NoticeMoment] = NoticeMoment.allCases,
        deadline: TimeSpan = .seconds(20)
    )
        -> NotifyTarget
    {
        NotifyTarget(name: name, way: .command(["/bin/sh", "-c", text, "sh", directory]), on: on, deadline: deadline)
    }

    static func notice(_ moment: Notice.Moment, outcome: String? = nil, text: String = "Something happened.") -> Notice
    {
        Notice(
            moment: moment, run: RunID("r1"), playbook: "planned", topology: "orders", toSite: "east",
            state: .advancing, outcome: outcome, text: text)
    }

    static func soon() -> Deadline { SystemClock.deadline(in: .seconds(30)) }

    /// Whether a process is there and is no zombie.
    static func lives(_ pid: String) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        let state = stat.split(separator: ")").last?.first { $0 != " " }
        return state != "Z" && state != "X"
    }
}
