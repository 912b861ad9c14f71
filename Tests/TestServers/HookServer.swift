import Dispatch
import Glibc
import Synchronization

/// A web server of the user, as small as can be: one request a connection, answered by a closure, on a free port of
/// 127.0.0.1.
package final class HookServer: Sendable {
    /// What a client sent.
    package struct Request: Hashable, Sendable {
        /// `POST /hook HTTP/1.1`.
        package var line: String
        /// Names in small letters.
        package var headers: [String: String]
        package var body: String
    }

    private struct State {
        var requests: [Request] = []
        var connections: [Int32] = []
        var isStopped = false
    }

    /// A free one of 127.0.0.1.
    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameter answer: the bytes of the whole answer; nil holds the connection open and says nothing.
    package init(_ answer: @escaping @Sendable (Request) -> String?) throws {
        (listener, port) = try Self.listen()
        let done = listener
        DispatchQueue.global().async { [self] in
            // Here and not in `stop`: the next server's socket could get the number while this one still accepts.
            defer { close(done) }
            while true {
                let connection = accept(done, nil, nil)
                guard connection >= 0 else { return }
                let isStopped = state.withLock { state in
                    if !state.isStopped { state.connections.append(connection) }
                    return state.isStopped
                }
                if isStopped { close(connection) } else { serve(connection, answer) }
            }
        }
    }

    /// Every request that came, in order.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Where it listens.
    package func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Waits until that many requests have come.
    package func received(_ count: Int) async throws -> [Request] {
        while requests.count < count { try await Task.sleep(nanoseconds: 2_000_000) }
        return requests
    }

    /// Ends it, with every connection.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The bytes of a whole answer.
    package static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> String {
        (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// A port on which nobody listens.
    package static func freePort() throws -> Int {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw NoServer() }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// The system gave no port.
    package struct NoServer: Error {}

    private func serve(_ connection: Int32, _ answer: @escaping @Sendable (Request) -> String?) {
        DispatchQueue.global().async { [self] in
            defer { forget(connection) }
            guard let request = Self.read(connection) else { return }
            state.withLock { $0.requests.append(request) }
            guard let text = answer(request) else {
                // Until the client gives up, or the server is stopped.
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                return
            }
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    private func forget(_ connection: Int32) {
        state.withLock { $0.connections.removeAll { $0 == connection } }
        close(connection)
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.ranges(of: "\r\n\r\n").first {
                let lines = text[..<end.lowerBound].split(separator: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
                    headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
                }
                let body = text[end.upperBound...]
                if body.utf8.count >= Int(headers["content-length"] ?? "0") ?? 0 {
                    return Request(line: String(lines.first ?? ""), headers: headers, body: String(body))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
