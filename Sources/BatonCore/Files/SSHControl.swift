/// How Baton logs in to a node's host by OpenSSH.
package struct SSHControl: Hashable, Codable, Sendable {
    package static let defaultPort = 22

    package var host: String
    package var port: Int
    /// The owner of the data directory, or root.
    package var user: String
    /// The private key; an absolute path on Baton's machine once loaded. It has no passphrase: nobody is asked.
    package var identityFile: String
    /// The host keys that are believed, and no others; an absolute path on Baton's machine once loaded.
    package var knownHosts: String

    package init(host: String, port: Int = defaultPort, user: String, identityFile: String, knownHosts: String) {
        self.host = host
        self.port = port
        self.user = user
        self.identityFile = identityFile
        self.knownHosts = knownHosts
    }

    /// What Baton's ssh is told before the host's name, without what only a machine needs: for a person to try.
    package var arguments: [String] {
        [
            "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", "UserKnownHostsFile=\(Self.optionWord(knownHosts))", "-o", "IdentitiesOnly=yes",
            "-o", "IdentityFile=\(Self.optionWord(identityFile))", "-p", "\(port)", "-l", user,
        ]
    }

    /// A path as the value of an ssh option: in double quotes, because blanks end it otherwise (ssh_config(5)), and `%`
    /// twice, because it begins a token.
    package static func optionWord(_ path: String) -> String {
        var result = "\""
        for scalar in path.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\"
            case "%": result += "%"
            default: break
            }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
