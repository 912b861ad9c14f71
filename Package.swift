// swift-tools-version: 6.2
import PackageDescription

// One line for each arrow of Documentation/Architecture.md. `RepositoryTests` and
// `--explicit-target-dependency-import-check error` keep the imports to these.
let package = Package(
    name: "baton",
    products: [.executable(name: "baton", targets: ["baton"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // Without Foundation: arguments are arrays of strings, output is bytes.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux"),

        .target(name: "BatonCore"),
        .target(name: "BatonActions", dependencies: ["BatonCore"]),
        .target(name: "BatonPlaybooks", dependencies: ["BatonCore", "Yams"]),
        .target(name: "BatonJournal", dependencies: ["BatonCore", "CLibCrypto", "CLinux"]),
        .target(name: "BatonEngine", dependencies: ["BatonCore"]),
        .target(
            name: "BatonHosts",
            dependencies: [
                "BatonCore", "BatonEngine", "CLinux",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        .target(
            name: "BatonPostgres",
            dependencies: ["BatonCore", "BatonActions", "BatonEngine", "CLibPQ", "CLinux"]),
        .target(name: "BatonHTTP", dependencies: ["BatonCore", "BatonEngine", "CLibCurl"]),
        .target(name: "BatonNotify", dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonHTTP"]),
        .target(name: "BatonFences", dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonHTTP"]),
        .target(name: "BatonReports", dependencies: ["BatonCore"]),
        .target(name: "BatonSimulator", dependencies: ["BatonCore", "BatonActions"]),
        .target(
            name: "BatonLab",
            dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonPostgres"]),
        .target(
            name: "BatonCommands",
            dependencies: [
                "BatonCore", "BatonActions", "BatonPlaybooks", "BatonJournal", "BatonEngine", "BatonHosts",
                "BatonPostgres", "BatonNotify", "BatonFences", "BatonReports", "BatonSimulator", "BatonLab",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "baton", dependencies: ["BatonCommands"]),

        .testTarget(
            name: "LabTests",
            dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonPostgres", "BatonLab"]),
        .testTarget(name: "BatonCoreTests", dependencies: ["BatonCore", "BatonEngine"]),
        // Small real servers that several test targets talk to.
        .target(
            name: "TestServers", dependencies: ["BatonCore", "BatonEngine", "BatonHosts"], path: "Tests/TestServers"),
        .testTarget(
            name: "BatonHostsTests",
            dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "GuardRehearsal", "TestServers"]),
        // An owner and its guard that tests may kill.
        .executableTarget(
            name: "GuardRehearsal", dependencies: ["BatonCore", "BatonEngine", "BatonHosts"],
            path: "Tests/GuardRehearsal"),
        // With BatonHTTP, because both are tested against the same small server.
        .testTarget(
            name: "BatonNotifyTests",
            dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonHTTP", "BatonNotify", "TestServers"]),
        .testTarget(
            name: "BatonFencesTests",
            dependencies: ["BatonCore", "BatonEngine", "BatonHosts", "BatonFences", "TestServers"]),
        .testTarget(name: "BatonActionsTests", dependencies: ["BatonActions", "BatonCore"]),
        .testTarget(
            name: "BatonPostgresTests", dependencies: ["BatonPostgres", "BatonActions", "BatonCore", "BatonEngine"]),
        .testTarget(
            name: "BatonPlaybooksTests", dependencies: ["BatonPlaybooks", "BatonCore", "BatonActions"],
            // Playbooks that static safety refuses and some that it does not; read by the tests as files.
            exclude: ["Corpus"]),
        // Plays seeds of the simulator by the million (`make sim`).
        .executableTarget(
            name: "Swarm", dependencies: ["BatonSimulator", "BatonActions", "BatonCore", "BatonPlaybooks"],
            path: "Tests/Swarm"),
        .testTarget(
            name: "BatonSimulatorTests",
            dependencies: ["BatonSimulator", "BatonActions", "BatonCore", "BatonPlaybooks"],
            // Playbooks that the loader accepts and a proof refuses; read by the tests as files.
            exclude: ["Unsafe"]),
        // The same scripts against the simulated servers and the real ones.
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "BatonSimulator", "BatonCore", "BatonEngine", "BatonHosts", "BatonPostgres", "BatonLab",
            ]),
        .testTarget(name: "BatonReportsTests", dependencies: ["BatonReports", "BatonCore"]),
        .testTarget(name: "BatonJournalTests", dependencies: ["BatonJournal", "BatonCore"]),
        .testTarget(name: "RepositoryTests"),
        // The built `baton` itself against a real lab; the executable is named so that it is there.
        .testTarget(
            name: "WorldTests",
            dependencies: [
                "BatonCore", "BatonEngine", "BatonHosts", "BatonJournal", "BatonPostgres", "BatonLab", "TestServers",
                "baton",
            ],
            // Compiled by the sweep itself, to be preloaded into the unmodified `baton`.
            exclude: ["Sweep/killpoint.c"]),
    ]
)

// Settings that every Swift target shares; a loop, so that none is forgotten.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
