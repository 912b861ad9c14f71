import BatonCore
import BatonEngine
import BatonHosts
import Glibc
import Testing

/// Where the server programs of the tests are.
let binDirectory = "/usr/lib/postgresql/15/bin"

/// A deadline far enough away for a slow machine.
func soon(_ seconds: Int64 = 60) -> Deadline { SystemClock.deadline(in: .seconds(seconds)) }

/// A temporary directory of the user that may run servers; `remove` deletes it.
struct TemporaryDirectory {
    let path: String
    let account: Account

    init() throws {
        account = try #require(geteuid() == 0 ? Account.named("postgres") : Account.number(geteuid()))
        var template = Array("/tmp/bh.XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
        try #require(chown(path, account.user, account.group) == 0)
    }

    func remove() async {
        _ = try? await Program.run("rm", ["-rf", "--", path], deadline: soon())
    }
}

/// Appends text to a file, which is made when it is missing.
func append(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

/// Makes a data directory, gives it to `body`, and leaves neither process nor file behind.
func withDataDirectory(_ body: (Node.DataDirectory, Account) async throws -> Void) async throws {
    let temporary = try TemporaryDirectory()
    let directory = Node.DataDirectory(path: temporary.path + "/data", binDirectory: binDirectory)
    let result = try await Program.run(
        binDirectory + "/initdb", ["--no-sync", "--data-checksums", "-A", "trust", "-D", directory.path],
        as: temporary.account, deadline: soon())
    #expect(result.status == 0, "\(result.complaint)")
    let configuration = """
        listen_addresses = ''
        unix_socket_directories = '\(temporary.path)'
        dynamic_shared_memory_type = mmap

        """
    try append(configuration, to: directory.path + "/postgresql.conf")
    var failure: (any Error)?
    do {
        try await body(directory, temporary.account)
    } catch {
        failure = error
    }
    try? await LocalServer(directory).signalAll(SIGKILL, deadline: soon())
    try? await LocalServer(directory).waitUntilStopped(deadline: soon())
    try? await LocalServer(directory).removeSharedMemory(deadline: soon())
    await temporary.remove()
    if let failure { throw failure }
}
