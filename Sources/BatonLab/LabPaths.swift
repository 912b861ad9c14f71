import Glibc

/// Where the lab keeps its things, below the state directory. All paths are absolute.
struct LabPaths: Hashable, Sendable {
    let state: String

    init(stateDirectory: String) {
        var parts: [Substring] = []
        let absolute = stateDirectory.hasPrefix("/") ? stateDirectory : "\(Self.workingDirectory())/\(stateDirectory)"
        for part in absolute.split(separator: "/") where part != "." { parts.append(part) }
        state = "/" + parts.joined(separator: "/")
    }

    var lab: String { state + "/lab" }
    var manifest: String { lab + "/lab.json" }
    var topology: String { lab + "/topology.yaml" }
    var servers: String { lab + "/pg" }
    var logs: String { lab + "/log" }
    var poolers: String { lab + "/pgbouncer" }
    func secret(_ name: String) -> String { "\(lab)/\(name).pw" }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
