import BatonCore
import BatonEngine
import CLibCurl
import Glibc

/// One request on the wire, on the thread that calls `run`.
///
/// The multi interface, though there is one transfer only: it can be woken, and it looks names up without standing still.
final class Transfer {
    /// libcurl's own state, made once for the process.
    private static let isReady = curl_global_init(CLibCurl_GLOBAL_DEFAULT) == CURLE_OK
    /// Headers longer than this are no answer.
    private static let headerLimit = 64 * 1_024
    /// How long libcurl may take to report its own timeout before it is given up.
    private static let grace = TimeSpan.milliseconds(100)

    private static let badURL = "the URL is not one of http or https"

    private let request: HTTPRequest
    private let client: HTTPClient
    private let deadline: Deadline
    private let stop: StopSignal
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private var lines: UnsafeMutablePointer<curl_slist>?
    private var headers: [HTTPHeader] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var isTooLong = false

    /// Carries the request out, and gives the answer before it cleans up: a resolver that hangs delays nobody.
    static func run(
        _ request: HTTPRequest, by client: HTTPClient, deadline: Deadline, stop: StopSignal,
        answer: (Result<HTTPResponse, HTTPError>) -> Void
    ) {
        // OpenSSL may write to a connection that the server has closed; libcurl leaves the signal alone when it is told
        // that there are threads.
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, nil)
        guard isReady, let transfer = Transfer(request, client, deadline, stop) else {
            return answer(.failure(.invalid("libcurl cannot be used: it has no memory or no TLS")))
        }
        do throws(HTTPError) {
            answer(.success(try transfer.perform()))
        } catch {
            answer(.failure(error))
        }
        transfer.close()
    }

    private init?(_ request: HTTPRequest, _ client: HTTPClient, _ deadline: Deadline, _ stop: StopSignal) {
        guard let easy = curl_easy_init() else { return nil }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            return nil
        }
        self.request = request
        self.client = client
        self.deadline = deadline
        self.stop = stop
        self.easy = easy
        self.multi = multi
    }

    private func close() {
        stop.watch(nil)
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        curl_slist_free_all(lines)
    }

    private func perform() throws(HTTPError) -> HTTPResponse {
        // libcurl writes its complaints here, until the option is taken back.
        let room = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        room.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer {
            _ = CLibCurl_setPointer(easy, CURLOPT_ERRORBUFFER, nil)
            room.deallocate()
        }
        _ = CLibCurl_setPointer(easy, CURLOPT_ERRORBUFFER, room)
        guard SystemClock.now() < deadline else { throw .timedOut("the deadline had passed before the request") }
        try prepare()
        stop.watch(multi)
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { throw .invalid("libcurl did not take the request") }
        let code = try wait()
        guard code == CURLE_OK else { throw error(code, String(cString: room)) }
        var status = 0
        guard CLibCurl_getNumber(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, status > 0 else {
            throw .broken("the server's answer has no status")
        }
        return HTTPResponse(status: status, headers: headers, body: body)
    }

    /// Drives the transfer to its end.
    private func wait() throws(HTTPError) -> CURLcode {
        while true {
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { throw .broken("libcurl gave the request up") }
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                if message.pointee.msg == CURLMSG_DONE { return CLibCurl_result(message) }
            }
            if stop.isRaised { throw .cancelled }
            let remaining = deadline + Self.grace - SystemClock.now()
            guard remaining > .zero else { throw .timedOut("no answer before the deadline") }
            let milliseconds = Int32(clamping: remaining.nanoseconds / 1_000_000 + 1)
            guard curl_multi_poll(multi, nil, 0, milliseconds, nil) == CURLM_OK else {
                throw .broken("libcurl cannot wait for the server")
            }
        }
    }

    private func error(_ code: CURLcode, _ complaint: String) -> HTTPError {
        let text = complaint.isEmpty ? String(cString: curl_easy_strerror(code)) : complaint
        if isTooLong { return .tooLong("the answer is longer than Baton takes") }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .timedOut("no answer before the deadline")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: return .unreachable(text)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
            return .untrusted(text)
        case CURLE_URL_MALFORMAT: return .invalid(Self.badURL)
        default: return .broken(text)
        }
    }

    // MARK: The request

    private func prepare() throws(HTTPError) {
        guard isLine(request.url), !request.method.isEmpty,
            request.method.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
        else { throw .invalid("the URL or the method contains a character that it must not") }
        // Without a scheme libcurl would guess one.
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "https" || scheme == "http" else { throw .invalid(Self.badURL) }
        let remaining = max(1, (deadline - SystemClock.now()).nanoseconds / 1_000_000)
        try check(CLibCurl_allowHTTPOnly(easy))
        CLibCurl_leaveResolver(easy)
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_TIMEOUT_MS, Int(remaining)), (CURLOPT_CONNECTTIMEOUT_MS, Int(remaining)),
            (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0),
        ]
        for (option, value) in numbers { try check(CLibCurl_setNumber(easy, option, value)) }
        try check(CLibCurl_setText(easy, CURLOPT_URL, request.url))
        try check(CLibCurl_setText(easy, CURLOPT_USERAGENT, "baton"))
        if client.proxies == .none { try check(CLibCurl_setText(easy, CURLOPT_PROXY, "")) }
        if let body = request.body {
            try check(CLibCurl_setNumber(easy, CURLOPT_POSTFIELDSIZE, body.count))
            // Copied here, and with a byte more, because no address means no body.
            try check(
                (body + [0]).withUnsafeBufferPointer { bytes in
                    CLibCurl_setPointer(
                        easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                })
        }
        if request.method != "HEAD" { try check(CLibCurl_setText(easy, CURLOPT_CUSTOMREQUEST, request.method)) }
        try addHeaders()
        receive()
    }

    private func addHeaders() throws(HTTPError) {
        func add(_ name: String, _ value: String) throws(HTTPError) {
            guard isLine(name), isLine(value), !name.isEmpty, !name.contains(":") else {
                // Without the value: it may be a secret.
                throw .invalid("a header contains a character that it must not")
            }
            guard let longer = curl_slist_append(lines, value.isEmpty ? "\(name);" : "\(name): \(value)") else {
                throw .invalid("there is no memory for the headers")
            }
            lines = longer
        }
        for header in request.headers { try add(header.name, header.value) }
        let failure = request.token?.reveal { token -> HTTPError? in
            do throws(HTTPError) {
                try add("Authorization", "Bearer \(token)")
                return nil
            } catch {
                return error
            }
        }
        if let failure = failure ?? nil { throw failure }
        try check(CLibCurl_setList(easy, CURLOPT_HTTPHEADER, lines))
    }

    /// Whether the text can stand in a line of the request.
    private func isLine(_ text: String) -> Bool {
        !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code == CURLE_OK else { throw .invalid(String(cString: curl_easy_strerror(code))) }
    }

    // MARK: The answer

    /// The transfer outlives its handle, so libcurl's callbacks may hold it without counting.
    private func receive() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = CLibCurl_setPointer(easy, CURLOPT_HEADERDATA, context)
        _ = CLibCurl_setPointer(easy, CURLOPT_WRITEDATA, context)
        _ = CLibCurl_setReceiver(easy, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            Transfer.of(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: count)) == true ? count : 0
        }
        _ = CLibCurl_setReceiver(easy, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            // Anything but `count` ends the transfer, so an empty piece must not look like a refusal.
            Transfer.of(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: count)) == true
                ? count : count + 1
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.headerLimit else {
            isTooLong = true
            return false
        }
        let line = String(decoding: bytes, as: UTF8.self)
        // An interim answer, or that of a proxy, came before.
        if line.hasPrefix("HTTP/") { headers = [] }
        guard let colon = line.firstIndex(of: ":") else { return true }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }.prefix { !$0.isNewline }
        headers.append(HTTPHeader(String(line[..<colon]), String(value)))
        return true
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= client.bodyLimit else {
            isTooLong = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }
}
