import BatonCore
import BatonEngine
import BatonPostgres
import FoundationEssentials

/// What a primary said of itself when a preflight last saw it alive: `STATE/last-seen/TOPOLOGY.json`. Once it is lost, nobody
/// else can tell whom it waited for and which logical slots it had.
struct LastSeen: Codable {
    static let format = "last-seen/v1"

    var format = Self.format
    var topology: String
    var primary: String
    var at: WallTime
    var synchronousStandbyNames: String
    var logicalSlots: [String]

    /// Notes it. A state directory that cannot be written keeps nobody from looking.
    static func note(_ word: PrimaryWord, of topology: Topology, state: String) {
        let seen = LastSeen(
            topology: topology.name, primary: word.node, at: SystemClock.wallNow(),
            synchronousStandbyNames: word.synchronousStandbyNames, logicalSlots: word.logicalSlots)
        let directory = URL(filePath: state + "/last-seen", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let file = directory.appending(path: topology.name + ".json")
            try JSONEncoder().encode(seen).write(to: file, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path())
        } catch {
            Output.message("baton: warning: what \(word.node) said cannot be kept in \(directory.path()): \(error)")
        }
    }

    /// Nil when nothing was noted, or what was cannot be read.
    static func read(of topology: Topology, state: String) -> RememberedPrimary? {
        guard let data = try? Data(contentsOf: URL(filePath: "\(state)/last-seen/\(topology.name).json")),
            let seen = try? JSONDecoder().decode(LastSeen.self, from: data), seen.format == format
        else { return nil }
        let age = TimeSpan.microseconds(
            max(0, SystemClock.wallNow().microsecondsSince1970 - seen.at.microsecondsSince1970))
        let source = "as \(seen.primary) said itself in a preflight"
        return RememberedPrimary(
            node: seen.primary,
            synchronous: LossCard.Told(
                seen.synchronousStandbyNames.isEmpty ? [] : [seen.synchronousStandbyNames], source: source, age: age),
            logicalSlots: LossCard.Told(seen.logicalSlots, source: source, age: age))
    }
}
