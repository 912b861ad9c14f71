import Glibc

/// The kernel's words for an `errno` value.
func errorText(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
