import Glibc

/// Two processes for the tests of the guard: an owner that does what its arguments say, and the guard that it starts.
///
///     GuardRehearsal owner DIRECTORY GUARD ACT...
///     GuardRehearsal guard OWNER DIRECTORY GUARD
@main
enum Main {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 3 else { _exit(64) }
        switch words[0] {
        case "owner":
            guard let manner = RehearsedGuard.Manner(rawValue: words[2]) else { _exit(64) }
            await RehearsedOwner(directory: words[1], manner: manner).play(Array(words.dropFirst(3)))
        case "guard":
            guard words.count == 4, let owner = Int32(words[1]), let manner = RehearsedGuard.Manner(rawValue: words[3])
            else { _exit(64) }
            await RehearsedGuard(owner: owner, directory: words[2], manner: manner).play()
        default: _exit(64)
        }
        _exit(0)
    }
}

/// Adds a line to a file, in one write.
func say(_ line: String, in path: String) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let bytes = Array((line + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}
