package import BatonCore
import BatonEngine
import Glibc
import Synchronization

/// Sends single requests. Redirects are not followed, certificates are verified, nothing is kept between two requests.
package struct HTTPClient: Sendable {
    /// Where a connection goes.
    package enum Proxies: Hashable, Sendable {
        /// As libcurl does: `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` of the environment.
        case ofEnvironment
        /// Straight to the server.
        case none
    }

    let proxies: Proxies
    /// Largest body that is taken, in bytes.
    let bodyLimit: Int

    package init(proxies: Proxies = .ofEnvironment, bodyLimit: Int = 1 << 20) {
        self.proxies = proxies
        self.bodyLimit = bodyLimit
    }

    /// Sends the request and returns the server's answer. It waits on a thread of its own, and ends at the deadline or
    /// when the task is cancelled, wherever the request then is.
    package func send(_ request: HTTPRequest, deadline: Deadline) async throws(HTTPError) -> HTTPResponse {
        let stop = StopSignal()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>) in
                let started = DetachedThread.start {
                    Transfer.run(request, by: self, deadline: deadline, stop: stop) {
                        continuation.resume(returning: $0)
                    }
                }
                if !started {
                    continuation.resume(returning: .failure(.invalid("the system gave no thread for the request")))
                }
            }
        } onCancel: {
            stop.raise()
        }
        return try result.get()
    }
}
