import BatonCore
import BatonEngine
import Glibc
import Synchronization

/// Turns a host name into addresses within a deadline. `getaddrinfo` cannot be interrupted and may take ten seconds on a
/// silent name server, so it runs on a thread that is left behind when the call ends first.
enum NameResolution {
    /// Numeric addresses in the system's order, or the resolver's reason.
    typealias LookUp = @Sendable (String) -> Result<[String], PostgresError>

    private final class Answer: Sendable {
        let value = Mutex<Result<[String], PostgresError>?>(nil)
        let arrived: WakeUp
        init() throws(PostgresError) { arrived = try WakeUp() }
    }

    static func addresses(
        of host: String, limits: CallLimits, lookUp: @escaping LookUp = system
    ) throws(PostgresError) -> [String] {
        if isNumeric(host) { return [host] }
        let answer = try Answer()
        let isStarted = DetachedThread.start {
            let result = lookUp(host)
            answer.value.withLock { $0 = result }
            answer.arrived.signal()
        }
        guard isStarted else { throw PostgresError(.unreachable, "the system gave no thread to resolve \(host)") }
        _ = try limits.wait(for: answer.arrived.descriptor, POLLIN, "resolving \(host)", didReachServer: false)
        guard let result = answer.value.withLock({ $0 }) else {
            throw PostgresError(.unreachable, "no answer for the name \(host)")
        }
        let addresses = try result.get()
        guard !addresses.isEmpty else { throw PostgresError(.unreachable, "the name \(host) has no address") }
        return addresses
    }

    static func isNumeric(_ host: String) -> Bool {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return false }
        freeaddrinfo(list)
        return true
    }

    static let system: LookUp = { host in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            return .failure(PostgresError(.unreachable, "the name \(host) does not resolve: \(reason)"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let named = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if named == 0, !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}
