import CLibCurl
import Synchronization

/// Ends a transfer from outside its thread.
final class StopSignal: Sendable {
    private struct Multi: @unchecked Sendable {  // curl_multi_wakeup is the one function that any thread may call
        var handle: UnsafeMutableRawPointer
    }

    private struct State {
        var isRaised = false
        var multi: Multi?
    }

    private let state = Mutex(State())

    var isRaised: Bool { state.withLock { $0.isRaised } }

    /// Wakes the transfer, if it waits.
    func raise() {
        state.withLock { state in
            state.isRaised = true
            if let multi = state.multi { _ = curl_multi_wakeup(multi.handle) }
        }
    }

    /// Names the handle that is woken; nil before it is freed.
    func watch(_ handle: UnsafeMutableRawPointer?) {
        let multi = handle.map { Multi(handle: $0) }
        state.withLock { $0.multi = multi }
    }
}
