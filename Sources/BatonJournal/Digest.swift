import CLibCrypto

/// Checksums that stand in records.
package enum Digest {
    /// How many hexadecimal digits a SHA-256 has.
    package static let length = 64

    /// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
    package static func sha256(_ bytes: [UInt8]) -> String {
        String(decoding: sha256Digits(bytes[...]), as: UTF8.self)
    }

    /// The digits as bytes, for comparing with a line of a file.
    static func sha256Digits(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        bytes.withUnsafeBufferPointer { input in
            digest.withUnsafeMutableBufferPointer { output in
                _ = SHA256(input.baseAddress, input.count, output.baseAddress)
            }
        }
        let alphabet = Array("0123456789abcdef".utf8)
        var digits: [UInt8] = []
        digits.reserveCapacity(length)
        for byte in digest {
            digits.append(alphabet[Int(byte >> 4)])
            digits.append(alphabet[Int(byte & 15)])
        }
        return digits
    }
}
