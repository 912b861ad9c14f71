import BatonHosts

/// The lab's passwords: made at random by `lab up`, kept in files of the lab directory, worthless outside it.
struct LabSecrets: Sendable {
    /// Of the client role `app`.
    var client = LabSecrets.random()
    /// Of the role `baton` on every node.
    var operatorRole = LabSecrets.random()
    var poolerAdmin = LabSecrets.random()
    var poolerStats = LabSecrets.random()

    func save(to paths: LabPaths, nodes: [LabManifest.Server], owner: Account) throws {
        for node in nodes { try LabFiles.write(operatorRole + "\n", to: paths.secret(node.stem), owner: owner) }
        try LabFiles.write(client + "\n", to: paths.secret("app"), owner: owner)
        try LabFiles.write(poolerAdmin + "\n", to: paths.secret("pool"), owner: owner)
        try LabFiles.write(poolerStats + "\n", to: paths.secret("stats"), owner: owner)
    }

    /// The client's password of an existing lab; nil when its file is gone.
    static func client(of paths: LabPaths) -> String? {
        LabFiles.read(paths.secret("app"))?.split(separator: "\n").first.map(String.init)
    }

    /// 128 random bits, in hexadecimal: nothing to quote in SQL, DSNs or INI files.
    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
