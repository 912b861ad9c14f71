import BatonCore
import BatonEngine
import FoundationEssentials

/// What `lab up` chose: written before anything starts, so that `lab down` knows it from any state.
struct LabManifest: Codable, Sendable {
    struct Server: Codable, Sendable {
        var name: String
        var site: String
        var port: Int

        /// What its directory and its password's file are called: `west` for `west-db`, `west2` for `west-db2`.
        var stem: String { site + name.dropFirst("\(site)-db".count) }
    }

    static let currentFormat = "lab/v1"

    var format = LabManifest.currentFormat
    /// False until the servers were started once; a lab that stayed half-made can only be taken down.
    var complete = false
    /// The user that runs the servers.
    var user: String
    var binDirectory: String
    /// The program of the pooler.
    var pgbouncer: String
    /// A private directory with a short name: a Unix socket's path must stay below 108 bytes.
    var socketDirectory: String
    var nodes: [Server]
    var poolers: [Server]

    /// The password of the client role, from its file.
    func dsn(appPassword: String) -> String? {
        poolers.first.map {
            "host=127.0.0.1 port=\($0.port) dbname=\(LabNames.database) user=\(LabNames.client) password=\(appPassword)"
        }
    }

    func save(to paths: LabPaths, owner: LabGround) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        try LabFiles.write(text + "\n", to: paths.manifest, owner: owner.account)
    }

    /// The manifest of a lab directory; nil when there is none or it cannot be read.
    static func load(from paths: LabPaths) -> LabManifest? {
        guard let text = LabFiles.read(paths.manifest),
            let manifest = try? JSONDecoder().decode(LabManifest.self, from: Data(text.utf8)),
            manifest.format == currentFormat
        else { return nil }
        return manifest
    }
}

/// The lab's fixed names.
enum LabNames {
    static let database = "app"
    static let client = "app"
    static let operatorRole = "baton"
    static let poolerAdmin = "baton_admin"
    static let poolerStats = "baton_stats"
    static let canaryTable = "baton_canary"
    static let loadTable = "baton_load"
}
