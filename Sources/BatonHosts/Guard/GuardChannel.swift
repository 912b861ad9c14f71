import BatonEngine
import Glibc

/// One end of the socket between a run and its guard. No call blocks; the descriptor is closed with the last reference.
final class GuardChannel: Sendable {
    enum Sent { case sent, full, ended }
    enum Received: Hashable {
        case line(GuardLine)
        /// A packet that is no line of theirs.
        case other
        case nothing
        /// The other end is closed, and everything that was said before has been received.
        case ended
    }

    let descriptor: Int32

    /// Takes the descriptor over.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A connected pair; neither end is inherited by programs or stands where a standard stream is expected.
    static func pair() throws(HostError) -> (GuardChannel, GuardChannel) {
        var ends: [Int32] = [-1, -1]
        // Packets: a line is sent as a whole or not at all.
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .refused("no socket: \(errorText())") }
        let channels = ends.map { GuardChannel(descriptor: aboveStandardStreams($0)) }
        return (channels[0], channels[1])
    }

    func send(_ line: GuardLine) -> Sent {
        let bytes = line.bytes
        while true {
            let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            if count >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS, ENOMEM: return .full
            default: return .ended
            }
        }
    }

    func receive() -> Received {
        var buffer = [UInt8](repeating: 0, count: GuardLine.limit)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { return GuardLine(buffer[..<count]).map { .line($0) } ?? .other }
            if count == 0 { return .ended }
            switch errno {
            // A peer that closed without reading everything resets its end, once; what it said is still there to read.
            case EINTR, ECONNRESET: continue
            case EAGAIN: return .nothing
            default: return .ended
            }
        }
    }

    /// Everything that has been said and not yet received. An end of the other side comes last.
    func receiveAll() -> [Received] {
        var all: [Received] = []
        while true {
            let received = receive()
            if received == .nothing { return all }
            all.append(received)
            if received == .ended { return all }
        }
    }
}

/// The same open file under a number that is no standard stream's: in a process without stdout, the next file that is opened
/// becomes stdout, and everything that is printed goes into it.
func aboveStandardStreams(_ descriptor: Int32) -> Int32 {
    guard (0...2).contains(descriptor) else { return descriptor }
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard moved >= 0 else { return descriptor }
    close(descriptor)
    return moved
}
