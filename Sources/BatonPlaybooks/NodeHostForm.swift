import BatonCore

/// Reads how a node's host is controlled (`control`) and how the node is fenced where it is not (`fence`).
struct NodeHostForm {
    let complaints: Complaints
    let values: TopologyValues

    // MARK: Control

    func control(_ value: YAMLValue, _ subject: String) -> (access: HostAccess, directory: Node.DataDirectory?) {
        if case .scalar("none", _) = value.content { return (.none, nil) }
        let form = "{ local: { data-directory: …, bin-directory: … } }"
        guard case .mapping = value.content else {
            complaints.error(
                .badControl, at: value.position,
                "`control` of \(subject) says how Baton stops and starts the server; for that it needs directories.",
                remedy: "Write `control: \(form)` or `control: none`.")
            return (.none, nil)
        }
        guard let fields = Fields(value, "`control` of \(subject)", TopologyKeys.nodeControl, complaints) else {
            return (.none, nil)
        }
        switch (fields["local"], fields["ssh"]) {
        case (let local?, nil): return self.local(local, subject)
        case (nil, let ssh?): return self.ssh(ssh, subject)
        case (nil, nil):
            guard !fields.mentions("local", "ssh") else { return (.none, nil) }
            fields.complainOfMissing("local")
        case (.some, let ssh?):
            complaints.error(
                .badControl, at: ssh.position, "`control` of \(subject) has both `local` and `ssh`.",
                remedy: "Keep `local` where Baton runs on that machine, and `ssh` where it does not.")
        }
        return (.none, nil)
    }

    private func local(_ value: YAMLValue, _ subject: String) -> (HostAccess, Node.DataDirectory?) {
        guard let fields = Fields(value, "`local` control of \(subject)", TopologyKeys.localControl, complaints) else {
            return (.none, nil)
        }
        let data = fields["data-directory"].flatMap { values.path($0, "`data-directory` of \(subject)") }
        let programs = fields["bin-directory"].flatMap { values.path($0, "`bin-directory` of \(subject)") }
        guard let data, let programs else { return (.local, nil) }
        return (.local, Node.DataDirectory(path: data, binDirectory: programs))
    }

    private func ssh(_ value: YAMLValue, _ subject: String) -> (HostAccess, Node.DataDirectory?) {
        guard let fields = Fields(value, "`ssh` control of \(subject)", TopologyKeys.sshControl, complaints) else {
            return (.none, nil)
        }
        let host = fields["host"].flatMap { values.sshHost($0, "`host` of the `ssh` control of \(subject)") }
        let port = fields.count("port") ?? SSHControl.defaultPort
        let user = fields["user"].flatMap { values.account($0, "`user` of the `ssh` control of \(subject)") }
        let identity = fields["identity-file"].flatMap { values.path($0, "`identity-file` of \(subject)") }
        let known = fields["known-hosts"].flatMap { values.path($0, "`known-hosts` of \(subject)") }
        let data = fields["data-directory"].flatMap { values.remotePath($0, "`data-directory` of \(subject)") }
        let programs = fields["bin-directory"].flatMap { values.remotePath($0, "`bin-directory` of \(subject)") }
        guard let host, let user, let identity, let known, let data, let programs else { return (.none, nil) }
        return (
            .ssh(SSHControl(host: host, port: port, user: user, identityFile: identity, knownHosts: known)),
            Node.DataDirectory(path: data, binDirectory: programs)
        )
    }

    // MARK: Fence

    func fence(_ value: YAMLValue, _ subject: String) -> NodeFence? {
        guard let fields = Fields(value, "`fence` of \(subject)", TopologyKeys.nodeFence, complaints) else {
            return nil
        }
        switch (fields["command"], fields["http"]) {
        case (let command?, nil): return commands(command, subject)
        case (nil, let http?): return requests(http, subject)
        case (nil, nil):
            guard !fields.mentions("command", "http") else { return nil }
            complaints.error(
                .badFence, at: value.position, "`fence` of \(subject) has neither `command` nor `http`.",
                remedy: "Add `command: { check: […], do: […], verify: […] }`.")
        case (.some, let http?):
            complaints.error(
                .badFence, at: http.position, "`fence` of \(subject) has both `command` and `http`.",
                remedy: "Keep the one whose `verify` is the better proof.")
        }
        return nil
    }

    private func commands(_ value: YAMLValue, _ subject: String) -> NodeFence? {
        let owner = "the fence of \(subject)"
        guard let fields = Fields(value, "`command` of \(owner)", TopologyKeys.commandFence, complaints) else {
            return nil
        }
        func call(_ key: String) -> NodeFence.Call? {
            fields[key].flatMap {
                values.program($0, "`\(key)` of \(owner)", example: "\(key): [/usr/local/bin/power, west]")
            }.map { .command($0) }
        }
        let (check, act, verify) = (call("check"), call("do"), call("verify"))
        guard let check, let act, let verify else { return nil }
        return sound(NodeFence(check: check, act: act, verify: verify), fields, owner)
    }

    private func requests(_ value: YAMLValue, _ subject: String) -> NodeFence? {
        let owner = "the fence of \(subject)"
        guard let fields = Fields(value, "`http` of \(owner)", TopologyKeys.httpFence, complaints) else { return nil }
        let token = fields["token"].flatMap { values.secret($0, "`token` of \(owner)") }
        func call(_ key: String, _ method: NodeFence.Request.Method) -> NodeFence.Call? {
            fields[key].flatMap { request($0, "`\(key)` of \(owner)", method, hasToken: token != nil) }.map {
                .http($0, token: token)
            }
        }
        let (check, act, verify) = (call("check", .get), call("do", .post), call("verify", .get))
        if case .http(let request, _)? = verify, request.answer == nil {
            complaints.error(
                .fenceProvesNothing, at: fields["verify"]?.position ?? fields.position,
                "`verify` of \(owner) believes a status alone, which does not say that the node is off.",
                remedy: "Say what the answer must contain: `expect: { body: '\"status\":\"off\"' }`.")
        }
        guard let check, let act, let verify else { return nil }
        return sound(NodeFence(check: check, act: act, verify: verify), fields, owner)
    }

    /// What can be fenced now is what runs: a `verify` that asks the same would prove that a running node is off.
    private func sound(_ fence: NodeFence, _ fields: Fields, _ owner: String) -> NodeFence {
        guard fence.verify == fence.check || fence.verify == fence.act else { return fence }
        let other = fence.verify == fence.check ? "check" : "do"
        complaints.error(
            .fenceProvesNothing, at: fields["verify"]?.position ?? fields.position,
            "`verify` of \(owner) is the same as its `\(other)`, which succeeds while the node runs.",
            remedy: "Ask for the node's state, and succeed only where it is off.")
        return fence
    }

    private func request(
        _ value: YAMLValue, _ what: String, _ method: NodeFence.Request.Method, hasToken: Bool
    ) -> NodeFence.Request? {
        guard let fields = Fields(value, what, TopologyKeys.fenceRequest, complaints) else { return nil }
        let url = fields["url"]
        let address = url.flatMap { values.address($0, "`url` of \(what)", example: "\"https://power.example/west\"") }
        if hasToken, let url, case .url(let text)? = address, !text.lowercased().hasPrefix("https:") {
            complaints.warning(
                .tokenWithoutTLS, at: url.position, "\(what.atStart) sends its token in plain, over `http:`.",
                remedy: "Write an `https:` URL.")
        }
        let method = fields.word("method", "`method` of \(what)", NodeFence.Request.Method.self) ?? method
        let expect = fields["expect"].flatMap {
            Fields($0, "`expect` of \(what)", TopologyKeys.fenceAnswer, complaints)
        }
        return address.map {
            NodeFence.Request(
                method: method, address: $0, body: fields.text("body"), status: expect?.count("status"),
                answer: expect?.text("body"))
        }
    }
}
