import BatonCore

// What a person types to use a fence of the topology's own.

/// One of its three calls.
func fenceCommand(_ call: NodeFence.Call, at target: Target, expect: String) -> ByHandCommand {
    let place = "Baton's machine"
    switch call {
    case .command(let words):
        let line: ShellLine = "BATON_NODE=\(target.name) "
        return ByHandCommand(at: place, line + ShellLine(words: words) + " && echo yes", expect: expect, output: "yes")
    case .http(let request, let token):
        return ByHandCommand(at: place, curl(request, token), expect: "\(expect): \(expected(request))")
    }
}

/// The token is printed by the shell itself and read from its pipe: it stands on no command line.
private func curl(_ request: NodeFence.Request, _ token: SecretReference?) -> ShellLine {
    var line: ShellLine = ""
    if let token {
        let header: ShellLine = "printf 'Authorization: Bearer %s\\n' \(secret: token) | "
        line = line + header
    }
    line = line + "curl -sS -X \(request.method.rawValue)"
    if token != nil { line = line + " -H @-" }
    if let body = request.body { line = line + " -H 'Content-Type: application/json' -d \(body)" }
    line = line + " -w ' status %{http_code}\\n' "
    return switch request.address {
    case .url(let url): line + "\(url)"
    case .secret(let reference): line + "\(secret: reference)"
    }
}

private func expected(_ request: NodeFence.Request) -> String {
    "status \(request.status.map { "\($0)" } ?? "200 to 299")" + (request.answer.map { ", with \($0)" } ?? "")
}
