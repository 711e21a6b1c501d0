// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target of this package: a warning does not land.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "spikec",
  platforms: [.macOS(.v13)],
  products: [
    .executable(name: "spikec", targets: ["spikec"]),
    .library(name: "SpikeIR", targets: ["SpikeIR"]),
    .library(name: "SpikeFrontend", targets: ["SpikeFrontend"]),
    .library(name: "SpikePasses", targets: ["SpikePasses"]),
    .library(name: "SpikeBackend", targets: ["SpikeBackend"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5-serial",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CZip", pkgConfig: "libzip",
      providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .target(name: "COnnx", dependencies: ["CProtobufC"], exclude: ["onnx.proto"]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "SpikeIR", path: "Sources/IR", swiftSettings: strict),
    .target(
      name: "SpikeTargets", dependencies: ["SpikeIR"], path: "Sources/Targets",
      swiftSettings: strict),
    .target(name: "CHDF5Snapshot", dependencies: ["CHDF5"]),
    .target(name: "CNeurons"),
    .target(name: "HDF5", dependencies: ["CHDF5", "CHDF5Snapshot"], swiftSettings: strict),
    .target(name: "SpikeData", dependencies: ["CZip"], path: "Sources/Data", swiftSettings: strict),
    .target(
      name: "SpikeSerialization", dependencies: ["SpikeIR", "HDF5"], path: "Sources/Serialization",
      swiftSettings: strict),
    .target(
      name: "SpikeFrontend",
      dependencies: ["SpikeIR", "SpikeTargets", "HDF5", "COnnx", "CProtobufC", "CZip"],
      path: "Sources/Frontend",
      swiftSettings: strict),
    .target(
      name: "SpikeExecution", dependencies: ["SpikeIR", "CNeurons", "COpenBLAS"],
      path: "Sources/Execution",
      swiftSettings: strict),
    .target(
      name: "SpikePasses",
      dependencies: ["SpikeIR", "SpikeTargets", "SpikeExecution", "SpikeSerialization"],
      path: "Sources/Passes", swiftSettings: strict),
    .target(
      name: "SpikeBackend", dependencies: ["SpikeIR", "SpikeTargets", "SpikeExecution", "HDF5"],
      path: "Sources/Backend",
      resources: [
        .embedInCode("C/Runtime/spikec_base.h"), .embedInCode("C/Runtime/spikec_neurons.h"),
        .embedInCode("C/Runtime/spikec_kernels.h"),
        .embedInCode("C/Runtime/spikec_values.h"), .embedInCode("C/Runtime/spikec_synapses.h"),
        .embedInCode("C/Runtime/spikec_split.h"),
        .embedInCode("C/Runtime/spikec_split_avx512.h"),
        .embedInCode("C/Runtime/spikec_sum_pool.h"),
        .embedInCode("C/Runtime/spikec_count.h"),
        .embedInCode("C/Runtime/spikec_tables.h"),
        .embedInCode("C/Runtime/spikec_tables_outputs.h"),
        .embedInCode("C/Runtime/spikec_events.h"),
        .embedInCode("C/Runtime/spikec_events_layer.h"),
        .embedInCode("C/Runtime/spikec_events_portable.h"),
        .embedInCode("C/Runtime/spikec_events_avx2.h"),
        .embedInCode("C/Runtime/spikec_events_avx512.h"),
        .embedInCode("C/Runtime/spikec_packed.h"), .embedInCode("C/Runtime/spikec_packed_band.h"),
        .embedInCode("C/Runtime/spikec_packed_portable.h"),
        .embedInCode("C/Runtime/spikec_packed_avx2.h"),
        .embedInCode("C/Runtime/spikec_packed_avx512.h"),
        .embedInCode("C/Runtime/spikec_packed_neon.h"),
        .embedInCode("C/Runtime/spikec_packed_dot.h"),
        .embedInCode("C/Runtime/spikec_npz.h"), .embedInCode("C/Runtime/spikec_npz.c"),
        .embedInCode("C/Runtime/main.c.in"), .embedInCode("C/Runtime/data.h.in"),
        .embedInCode("C/Runtime/options.h.in"), .embedInCode("C/Runtime/output.h.in"),
        .embedInCode("C/Runtime/report.h.in"), .embedInCode("C/Runtime/Makefile.in"),
        .embedInCode("C/Runtime/CMakeLists.txt.in"), .embedInCode("C/Runtime/library.c.in"),
      ],
      swiftSettings: strict),
    .target(
      name: "SpikeReport",
      dependencies: ["SpikeIR", "SpikeExecution", "SpikePasses", "SpikeSerialization"],
      path: "Sources/Report",
      swiftSettings: strict),
    .executableTarget(
      name: "spikec",
      dependencies: [
        "SpikeIR", "SpikeFrontend", "SpikeTargets", "SpikePasses", "SpikeBackend",
        "SpikeExecution", "SpikeReport", "SpikeData", "SpikeSerialization",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["SpikeIR", "SpikeData", "SpikeExecution", "SpikeSerialization"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "HDF5Tests", dependencies: ["HDF5", "CHDF5Snapshot", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "DataTests", dependencies: ["SpikeData", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "IRTests", dependencies: ["SpikeIR", "SpikeSerialization", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FrontendTests",
      dependencies: ["SpikeFrontend", "SpikeExecution", "SpikeData", "HDF5", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ExecutionTests", dependencies: ["SpikeExecution", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PassesTests",
      dependencies: ["SpikePasses", "SpikeTargets", "SpikeFrontend", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "BackendTests",
      dependencies: [
        "SpikeBackend", "SpikeTargets", "SpikePasses", "SpikeFrontend", "HDF5", "TestSupport",
      ],
      exclude: ["C"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["spikec", "SpikeData", "HDF5", "TestSupport"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
