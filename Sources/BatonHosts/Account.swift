package import BatonEngine
package import Glibc

/// A user of this machine, with what a program needs to run as it.
package struct Account: Hashable, Sendable {
    package let name: String
    package let user: uid_t
    package let group: gid_t
    package let groups: [gid_t]

    /// The account with this name; nil when there is none.
    package static func named(_ name: String) -> Account? {
        lookUp { entry, buffer, size, result in getpwnam_r(name, entry, buffer, size, result) }
    }

    /// The account with this number; nil when there is none.
    package static func number(_ user: uid_t) -> Account? {
        lookUp { entry, buffer, size, result in getpwuid_r(user, entry, buffer, size, result) }
    }

    /// Throws unless this process may start programs as the account: it is root, or is that account.
    package func requireUsable() throws(HostError) {
        guard geteuid() == 0 || geteuid() == user else {
            throw .refused("cannot act as user \(name): run as root or as \(name)")
        }
    }

    private static func lookUp(
        _ call: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> Account? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBufferPointer { space -> Account? in
            guard let base = space.baseAddress, call(&entry, base, space.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            var count: Int32 = 256
            var groups = [gid_t](repeating: 0, count: Int(count))
            let status = getgrouplist(name, entry.pw_gid, &groups, &count)
            return Account(
                name: String(cString: name), user: entry.pw_uid, group: entry.pw_gid,
                groups: status >= 0 ? Array(groups[0..<Int(count)]) : [entry.pw_gid])
        }
    }
}
