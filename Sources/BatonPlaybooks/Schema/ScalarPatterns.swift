import BatonCore

/// The loader's rules for single values as regular expressions that ECMA 262 and so JSON Schema knows. A test holds them
/// against the loader.
enum ScalarPatterns {
    /// Something visible, and no control character.
    static let line = #"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F]*$"#
    /// The same of several lines.
    static let lines = #"^(?=[\s\S]*\S)[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$"#
    static let name = #"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"#
    static let path = #"^(?=.*\S)[^~$\u0000-\u001F\u007F-\u009F][^$\u0000-\u001F\u007F-\u009F]*$"#
    /// A name that PATH leads to, or a path.
    static let program =
        #"^(?=.*\S)([^/\u0000-\u001F\u007F-\u009F]*|[^~$\u0000-\u001F\u007F-\u009F][^$\u0000-\u001F\u007F-\u009F]*)$"#
    static let host = #"^(/[^ ,\u0000-\u001F\u007F-\u009F]*|[A-Za-z0-9._:%][A-Za-z0-9._:%-]{0,254})$"#
    static let sshHost = #"^[A-Za-z0-9._:%][A-Za-z0-9._:%-]{0,254}$"#
    /// Visible ASCII without `@`, and no option.
    static let account = #"^(?!-)[!-?A-~]+$"#
    static let remotePath = #"^/[^$\u0000-\u001F\u007F-\u009F]*$"#
    static let table = #"^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,62}$"#
    static let database = #"^(?!(\*|pgbouncer)$)(?=.*\S)[^\u0000-\u001F\u007F-\u009F]*$"#
    static let secret =
        #"^(file:(?![ ~])[^\u0000-\u001F\u007F-\u009F]*[^/\u0000-\u001F\u007F-\u009F]|env:[A-Za-z_][A-Za-z0-9_]*|command: *[^ \u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*)$"#
    /// Scheme, host, port from 1 to 65535, and the rest.
    static let url =
        #"^[Hh][Tt][Tt][Pp][Ss]?://(\[[!$-.0-9:;=A-Z_a-z~]*\]|[!$-.0-9;=A-Z_a-z~]+)"#
        + #"(:0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"#
        + #"([/?#][!#-;=?-\[\]_a-z~]*)?$"#

    /// Digits and one of the units.
    static func quantity(_ units: [Units.Unit]) -> String {
        "^[0-9]+(" + units.map { $0.name }.joined(separator: "|") + ")$"
    }
}
