import Testing

@testable import BatonCore

@Suite struct TextOfQuantitiesTests {
    @Test(
        arguments: [
            (0, "0 ms"), (999, "0 µs"), (250_000, "250 µs"), (999_999, "999 µs"), (1_000_000, "1.0 ms"),
            (42_149_999, "42.1 ms"), (99_949_999, "99.9 ms"), (100_000_000, "100 ms"), (3_200_000_000, "3.20 s"),
            (125_000_000_000, "2 min 05 s"), (3_720_000_000_000, "1 h 02 min"), (-42_100_000, "-42.1 ms"),
        ] as [(Int64, String)])
    func `a span reads as people write it`(nanoseconds: Int64, text: String) {
        #expect(TimeSpan(nanoseconds: nanoseconds).description == text)
    }

    @Test(
        arguments: [
            (99_999_999, "100 ms"), (999_999_999, "1.00 s"), (99_999_999_999, "1 min 40 s"),
        ] as [(Int64, String)])
    func `rounding up never leaves the unit's range`(nanoseconds: Int64, text: String) {
        #expect(TimeSpan(nanoseconds: nanoseconds).description == text)
    }

    @Test func `the longest spans do not overflow`() {
        #expect(TimeSpan(nanoseconds: .max).description == "2562047 h 47 min")
        #expect(TimeSpan(nanoseconds: .min).description == "-2562047 h 47 min")
    }

    @Test(
        arguments: [
            (0, "0 B"), (512, "512 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"),
            (16_777_216, "16.0 MiB"), (1_073_741_824, "1.0 GiB"), (-2_048, "-2.0 KiB"), (.max, "8388608.0 TiB"),
            (.min, "-8388608.0 TiB"),
        ] as [(Int64, String)])
    func `a size reads as people write it`(bytes: Int64, text: String) {
        #expect(ByteCount(bytes).description == text)
    }

    @Test func `spans and moments add up`() {
        let start = Instant(nanoseconds: 10)
        #expect(start + .microseconds(1) == Instant(nanoseconds: 1_010))
        #expect((start + .seconds(2)) - start == .milliseconds(2_000))
        #expect(start - .seconds(1) < start)
        #expect(TimeSpan.seconds(1).inMilliseconds == 1_000)
    }
}

@Suite struct LSNTests {
    @Test(
        arguments: [
            ("0/0", 0), ("0/3000148", 0x300_0148), ("16/B374D848", 0x16_B374_D848), ("FFFFFFFF/FFFFFFFF", .max),
        ]
            as [(String, UInt64)])
    func `a position reads as PostgreSQL writes it`(text: String, value: UInt64) {
        #expect(LSN(text)?.rawValue == value)
        #expect(LSN(rawValue: value).description == text)
    }

    @Test(arguments: ["", "/", "0", "0/", "/0", "0/0/0", "+1/0", "1/-1", "0/100000000", "g/0", " 0/0"])
    func `what is no position is refused`(text: String) {
        #expect(LSN(text) == nil)
    }

    @Test func `distance has a sign`() {
        let early = LSN(rawValue: 0xFFFF_FFFF)
        let late = LSN(rawValue: 0x1_0000_000F)
        #expect(late.bytes(since: early) == 16)
        #expect(early.bytes(since: late) == -16)
        #expect(early < late)
    }
}

@Suite struct WallTimeTests {
    /// Seconds since 1970 as `date -u -d … +%s` gives them.
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000000Z", 0), ("1969-12-31T23:59:59.000000Z", -1),
            ("1972-02-29T12:00:00.000000Z", 68_212_800),
            ("2000-02-29T00:00:00.000000Z", 951_782_400), ("2000-03-01T00:00:00.000000Z", 951_868_800),
            ("2024-02-29T23:59:59.000000Z", 1_709_251_199), ("2026-11-21T02:03:04.000000Z", 1_795_226_584),
            ("2100-02-28T23:59:59.000000Z", 4_107_542_399), ("2100-03-01T00:00:00.000000Z", 4_107_542_400),
            ("2100-12-31T00:00:00.000000Z", 4_133_894_400),
        ] as [(String, Int64)])
    func `a moment reads as RFC 3339 and back`(text: String, seconds: Int64) {
        #expect(WallTime(microsecondsSince1970: seconds * 1_000_000).description == text)
        #expect(WallTime(rfc3339: text)?.microsecondsSince1970 == seconds * 1_000_000)
    }

    @Test func `the days of four centuries survive the way there and back`() {
        var wrong: [Int64] = []
        for day in stride(from: Int64(-40_000), through: 110_000, by: 7) {
            let time = WallTime(microsecondsSince1970: day * 86_400_000_000 + 3_723_000_005)
            if WallTime(rfc3339: time.description) != time { wrong.append(day) }
        }
        #expect(wrong.isEmpty)
    }

    @Test(
        arguments: [
            ("2026-11-21T02:03:04Z", 0), ("2026-11-21T02:03:04.5Z", 500_000), ("2026-11-21T02:03:04.000005Z", 5),
        ]
            as [(String, Int64)])
    func `a fraction has up to six places`(text: String, microseconds: Int64) {
        #expect(WallTime(rfc3339: text)?.microsecondsSince1970 == 1_795_226_584_000_000 + microseconds)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T02:03:04", "2026-11-21T02:03:04+00:00", "2026-13-01T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T02:60:00Z", "2026-11-21T02:03:04.Z", "2026-11-21T02:03:04.1234567Z",
        "2026-02-30T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "2026-11-21T02:03:04xZ",
    ])
    func `what is no moment is refused`(text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }
}
