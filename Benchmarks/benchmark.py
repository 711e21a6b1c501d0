"""Measures the emitted C beside its peers, and writes docs/benchmarks.{json,svg,md}."""

import argparse
import importlib
import os
import pathlib
import sys
import time

import emitted
import report
from results import Section

# Each is a module with a function `section`.
SECTIONS = ("layerwise", "pipelined", "compilation", "growth", "parallel")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="how often the fast ones are measured")
    parser.add_argument("--compiler", default="cc", help="the C compiler")
    parser.add_argument("--output", default=str(emitted.ROOT / "docs"), help="the folder to write to")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=SECTIONS,
        help="measure these; the others are reported as they were measured last",
    )  # fmt: skip
    arguments = parser.parse_args()
    if not emitted.SHARED.is_dir():
        parser.error(
            f"the networks and images are looked for in {emitted.SHARED}, which is not there"
        )
    folder = emitted.WORK / "results"
    for name in SECTIONS:
        if name in arguments.only:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            start = time.perf_counter()
            section = importlib.import_module(name).section(arguments)
            section.seconds = time.perf_counter() - start
            section.machine_load = os.getloadavg()[0]
            section.processor = report.processor()
            section.save(folder)
    files = [folder / f"{name}.json" for name in SECTIONS]
    sections = [Section.load(file) for file in files if file.exists()]
    report.write(pathlib.Path(arguments.output), sections, arguments)


if __name__ == "__main__":
    main()
