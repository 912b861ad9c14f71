import BatonCore
import Glibc
import Synchronization
import Testing

@testable import BatonEngine

/// Takes the connections at an address whose server is gone and never answers, as a machine that hangs does; it notes who
/// came, by the name in the startup message, and when.
final class HungListener: Sendable {
    struct Caller: Sendable {
        var at: WallTime
        /// The startup message with its zero bytes as blanks.
        var says: String
    }

    private let seen = Mutex<[Caller]>([])
    private let ended = Atomic<Bool>(false)
    private let descriptor: Int32

    /// Waits until the address is free: the children of a killed server hold it a moment longer.
    init(port: Int) async throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let deadline = WorldFixture.soon()
        while true {
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0, listen(descriptor, 64) == 0 { break }
            try #require(SystemClock.now() < deadline, "port \(port) cannot be had: \(errno)")
            try await SystemClock.sleep(.milliseconds(20))
        }
    }

    /// Callers that Baton sent; a pooler knocks, too.
    var batons: [Caller] { seen.withLock { $0 }.filter { $0.says.contains("baton/") } }

    /// Takes calls until `end`.
    func takeCalls() async {
        var held: [Int32] = []
        while !ended.load(ordering: .acquiring) {
            let peer = accept(descriptor, nil, nil)
            guard peer >= 0 else {
                try? await SystemClock.sleep(.milliseconds(1))
                continue
            }
            let at = SystemClock.wallNow()
            held.append(peer)
            var says = read(peer)
            // SSLRequest and GSSENCRequest (protocol 3.0, "Message Formats") are asked before the name is said.
            while says.count == 8, says[4...6] == [0x04, 0xd2, 0x16] {
                var no = UInt8(ascii: "N")
                _ = write(peer, &no, 1)
                says = read(peer)
            }
            let text = String(decoding: says.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            seen.withLock { $0.append(Caller(at: at, says: text)) }
        }
        for peer in held { close(peer) }
        close(descriptor)
    }

    private func read(_ peer: Int32) -> [UInt8] {
        var waiting = pollfd(fd: peer, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 200) == 1 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(peer, &buffer, buffer.count)
        return Array(buffer[..<max(0, count)])
    }

    func end() { ended.store(true, ordering: .releasing) }
}
