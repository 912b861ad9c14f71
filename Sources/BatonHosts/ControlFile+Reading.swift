import BatonCore
import BatonEngine

extension ControlFile {
    /// Reads `global/pg_control` (src/include/catalog/pg_control.h, `ControlFileData`; the layout of these fields is the
    /// same from PostgreSQL 11 on). Nil when the checksum fits nowhere: a read that a running server's write tore.
    ///
    /// The struct's size differs between versions, so the stored CRC-32C is looked for where it equals the CRC of all
    /// bytes before it; a wrong match needs a 1 in 2³² accident.
    static func parse(_ bytes: [UInt8]) throws(HostError) -> ControlFile? {
        guard bytes.count >= 512 else { throw .refused("pg_control has only \(bytes.count) bytes") }
        guard checksumFits(bytes) else { return nil }
        let version = bytes.littleEndian32(at: 8)
        guard (1_100..<3_000).contains(version) else {
            throw .refused(
                "pg_control has version \(version); PostgreSQL 11 or newer on a little-endian machine is needed")
        }
        guard let state = State(rawValue: bytes.littleEndian32(at: 16)) else {
            throw .refused("pg_control has an unknown state \(bytes.littleEndian32(at: 16))")
        }
        return ControlFile(
            systemIdentifier: bytes.littleEndian64(at: 0), state: state,
            checkpoint: LSN(rawValue: bytes.littleEndian64(at: 32)),
            checkpointTimeline: bytes.littleEndian32(at: 48))
    }

    private static func checksumFits(_ bytes: [UInt8]) -> Bool {
        var crc = UInt32.max
        for index in 0..<508 {
            if index >= 200 && index % 4 == 0 && bytes.littleEndian32(at: index) == ~crc { return true }
            crc = crc32cTable[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ (crc >> 8)
        }
        return false
    }
}

/// CRC-32C (Castagnoli, reflected), the polynomial of PostgreSQL's `pg_crc32c`.
private let crc32cTable: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    return value
}

extension [UInt8] {
    fileprivate func littleEndian32(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << (8 * UInt32($1)) }
    }

    fileprivate func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(littleEndian32(at: offset)) | UInt64(littleEndian32(at: offset + 4)) << 32
    }
}
