import BatonReports
import Glibc

/// Where text goes: data on stdout, messages for people on stderr. A closed pipe or a lost terminal is not an error: the
/// journal holds everything that was said.
enum Output {
    static func data(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) }
    static func message(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO) }

    /// Opens /dev/null where the process was started without a standard stream: the next file to be opened, a journal, would
    /// stand in its place and receive what is printed.
    static func keepStandardStreams() {
        // The lowest free number is taken.
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// Without adding a line's end.
    static func raw(_ text: String, to descriptor: Int32) { write(text, to: descriptor) }

    /// Colours only where a person looks: on a terminal, and not with `NO_COLOR` (no-color.org) or a dumb one.
    static func style(of descriptor: Int32) -> Style {
        guard isatty(descriptor) == 1, getenv("NO_COLOR") == nil else { return .plain }
        return getenv("TERM").map { String(cString: $0) } == "dumb" ? .plain : .ansi
    }

    static func document(_ document: TextDocument) { raw(text(document, for: STDOUT_FILENO), to: STDOUT_FILENO) }

    /// The document as it is shown there.
    static func text(_ document: TextDocument, for descriptor: Int32) -> String {
        document.rendered(style(of: descriptor))
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
