import BatonCore

/// What a topology tells of other machines.
extension TopologyValues {
    /// A socket's directory is no host for ssh.
    func sshHost(_ value: YAMLValue, _ what: String) -> String? {
        guard let host = host(value, what) else { return nil }
        guard !host.hasPrefix("/") else {
            complaints.error(
                .badHost, at: value.position, "\(what), \(shown(host)), is a path.",
                remedy: "Write the name or address that one gives to ssh.")
            return nil
        }
        return host
    }

    func account(_ value: YAMLValue, _ what: String) -> String? {
        guard let user = complaints.text(value, what) else { return nil }
        let scalars = user.unicodeScalars
        guard !user.hasPrefix("-"), scalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && $0 != "@" }) else {
            complaints.error(
                .badIdentifier, at: value.position, "\(what), \(shown(user)), is no name of an account.",
                remedy: "Write `user: postgres`: the owner of the data directory, or root.")
            return nil
        }
        return user
    }

    /// A path on another machine, where nothing is relative to this file.
    func remotePath(_ value: YAMLValue, _ what: String) -> String? {
        guard let text = complaints.text(value, what) else { return nil }
        guard text.hasPrefix("/") else {
            complaints.error(
                .badPath, at: value.position, "\(what) is a path on another machine, and it is not absolute.",
                remedy: "Write the whole path, from `/` on.")
            return nil
        }
        return path(value, what)
    }
}
