import BatonCore
import FoundationEssentials

/// One line of a journal as bytes: an object with sorted keys whose last member is its own hash.
///
/// `{"at":…,"kind":"entry","offsetUs":…,"prev":"…","seq":7,…,"hash":"…"}` and a newline. `hash` is the SHA-256 of the
/// object without its last member, `{…}`; `prev` is the SHA-256 of the whole previous line without its newline. Both are
/// taken from the bytes as they stand in the file, so no two readings of the same JSON can differ about them.
enum JournalLine {
    enum Kind: String, Codable { case header, entry, closing }

    /// What every line says besides its record.
    struct Common: Codable, Hashable {
        var seq: Int
        var kind: Kind
        var prev: String
        /// Microseconds of the monotonic clock since the run started; the closing has wall time alone.
        var offsetUs: Int64?
    }

    /// `prev` of the first line.
    static let noPrevious = String(repeating: "0", count: Digest.length)

    private static let hashPrefix = Array(#","hash":""#.utf8)
    private static let hashSuffix = Array(#""}"#.utf8)
    private static let hashMember = hashPrefix.count + Digest.length + hashSuffix.count

    /// The line of a record, without its newline.
    static func encode(_ record: some Encodable, _ common: Common) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A gate may measure an infinite ratio; the record must not refuse what was seen.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "nan")
        let body = [UInt8](try encoder.encode(Flattened(record: record, common: common)))
        let hash = Digest.sha256Digits(body[...])
        return body.dropLast() + hashPrefix + hash + hashSuffix
    }

    /// Reads a record, or the members that all lines have, from a line.
    static func decode<Record: Decodable>(_: Record.Type, from line: ArraySlice<UInt8>) throws -> Record {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "+inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(Record.self, from: Data(line))
    }

    /// Whether the line ends in the hash of what stands before.
    static func isTrue(_ line: ArraySlice<UInt8>) -> Bool {
        guard hasHash(line) else { return false }
        let body = Array(line.dropLast(hashMember)) + [UInt8(ascii: "}")]
        let hash = line.dropLast(hashSuffix.count).suffix(Digest.length)
        return hash.elementsEqual(Digest.sha256Digits(body[...]))
    }

    /// Whether the line has the form of a record at all.
    static func hasHash(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count > hashMember, line.first == UInt8(ascii: "{") else { return false }
        let member = line.suffix(hashMember)
        return member.starts(with: hashPrefix) && member.suffix(hashSuffix.count).elementsEqual(hashSuffix)
    }

    /// A record's members and the common ones, in one object.
    private struct Flattened<Record: Encodable>: Encodable {
        var record: Record
        var common: Common

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            try common.encode(to: encoder)
        }
    }
}
