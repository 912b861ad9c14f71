import BatonEngine
import CLinux
import Glibc

/// Starts a program that shares nothing with this process but three descriptors.
enum SessionSpawn {
    /// Starts `executable` in a session of its own, so that no terminal's Ctrl-C or hang-up reaches it, with every signal at
    /// its default and none blocked. It inherits no descriptor: one more holder of a lease's lock or of a socket would keep
    /// it alive beyond this process.
    ///
    /// - Parameters:
    ///   - arguments: the program's own name first.
    ///   - channel: becomes stdin and stdout.
    ///   - log: becomes stderr.
    /// - Throws: `refused` when the program could not be started; then no process is left.
    static func start(
        _ executable: String, _ arguments: [String], channel: Int32, log: Int32
    ) throws(HostError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var codes = [
            posix_spawn_file_actions_adddup2(&actions, channel, STDIN_FILENO),
            posix_spawn_file_actions_adddup2(&actions, channel, STDOUT_FILENO),
            posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO),
            CLinux_spawn_close_from(&actions, STDERR_FILENO + 1),
        ]
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var every = sigset_t()
        var none = sigset_t()
        sigfillset(&every)
        sigemptyset(&none)
        codes += [
            posix_spawnattr_setsigdefault(&attributes, &every),
            posix_spawnattr_setsigmask(&attributes, &none),
            posix_spawnattr_setflags(
                &attributes, CLinux_spawn_setsid() | Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)),
        ]
        var line: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        line.append(nil)
        defer { for text in line { free(text) } }
        var pid: pid_t = 0
        let code =
            codes.first { $0 != 0 }
            ?? posix_spawn(&pid, executable, &actions, &attributes, line, CLinux_environment())
        guard code == 0 else { throw .refused("cannot start \(executable): \(errorText(code))") }
        return pid
    }
}
