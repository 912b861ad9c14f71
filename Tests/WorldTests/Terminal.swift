import Glibc
import Testing

/// A terminal for the binary, made with the functions of glibc that its Swift module does not show.
enum Terminal {
    /// A new terminal's master end; when it is closed, the line has dropped.
    static func master() throws -> Int32 {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        let grant = try #require(function("grantpt", as: (@convention(c) (Int32) -> Int32).self))
        let unlock = try #require(function("unlockpt", as: (@convention(c) (Int32) -> Int32).self))
        try #require(master >= 0 && grant(master) == 0 && unlock(master) == 0, "no terminal can be had")
        return master
    }

    /// The path of the other end.
    static func name(of master: Int32) -> String? {
        function("ptsname", as: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)?(master)
            .map { String(cString: $0) }
    }

    private static func function<Function>(_ name: String, as _: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
    }
}
