# Every target installs what it needs first; see CONTRIBUTING.md.

SWIFT_SOURCES := Package.swift Sources Tests

.PHONY: build demo microcontroller test bench format lint clean dependencies

build: dependencies
	swift build -c release

# Compiles the bundled network to C, builds that C and runs it on real images.
demo: build
	examples/digits/demo.sh

# Networks for a Cortex-M4, run in QEMU, with what they take of flash and RAM.
microcontroller: build
	examples/microcontroller/run.sh

# Optimised, because the tests run real networks; -enable-testing for `@testable import`.
test: lint
	@scripts/install-dependencies.sh test
	@scripts/onnx-conformance.sh prepare
	swift test -c release -Xswiftc -enable-testing

# Measures the emitted C beside its peers, in a Python environment of its own; see docs/benchmarks.md.
bench: build
	Benchmarks/bench.sh

format:
	swift format -i -r $(SWIFT_SOURCES)

lint:
	swift format lint --strict -r $(SWIFT_SOURCES)

clean:
	rm -rf .build out

dependencies:
	@scripts/install-dependencies.sh
