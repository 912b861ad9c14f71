/// A word that is no code's name.
package struct UnknownCode: Error, Hashable, Sendable {
    /// The code that was most likely meant.
    package var nearest: ComplaintCode?
}

extension ComplaintCode {
    private static let prefix = "BTN-"

    /// The code that a person names, with or without `BTN-`, in capitals or not.
    package static func named(_ word: String) -> Result<ComplaintCode, UnknownCode> {
        let word = word.lowercased()
        let name = word.hasPrefix(prefix.lowercased()) ? String(word.dropFirst(prefix.count)) : word
        if let code = ComplaintCode(rawValue: prefix + name) { return .success(code) }
        let names = allCases.map { String($0.rawValue.dropFirst(prefix.count)) }
        let meant = BatonPlaybooks.nearest(name, among: names)
        return .failure(UnknownCode(nearest: meant.flatMap { ComplaintCode(rawValue: prefix + $0) }))
    }
}
