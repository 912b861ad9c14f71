import Glibc
import Testing

/// A terminal for the binary, made with the functions of glibc that its Swift module does not show.
enum Terminal {
    /// This side of a new terminal; when it is closed, the line has dropped.
    static func open() throws -> Int32 {
        let end = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        let grant = try #require(function("grantpt", as: (@convention(c) (Int32) -> Int32).self))
        let unlock = try #require(function("unlockpt", as: (@convention(c) (Int32) -> Int32).self))
        try #require(end >= 0 && grant(end) == 0 && unlock(end) == 0, "no terminal can be had")
        return end
    }

    /// The path of the other side.
    static func name(of end: Int32) -> String? {
        function("ptsname", as: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)?(end)
            .map { String(cString: $0) }
    }

    private static func function<Function>(_ name: String, as _: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
    }
}
