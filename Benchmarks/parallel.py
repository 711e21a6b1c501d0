"""Two threads against one, and ranks of MPI against one process, by the emitted program itself."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess

import emitted
from results import Bar, Section, Table

TEXT = """The emitted program, built by its own Makefile, on the 3,000 test images: with one and with two threads of OpenMP in
turns, and, where Open MPI is there, as 1, 2 and 4 ranks of one thread, which have to count the same spikes and the same
right answers as one process does."""


def build(folder: pathlib.Path, compiler: str, *options: str) -> pathlib.Path:
    subprocess.run(["make", "-s", "clean"], cwd=folder, check=True)
    subprocess.run(["make", "-s", f"CC={compiler}", *options], cwd=folder, check=True)
    return folder / "net_main"


def run(command: list, threads: int) -> dict:
    environment = {**emitted.ENVIRONMENT, "OMP_NUM_THREADS": str(threads)}
    data = emitted.SHARED / "data" / "cifar10_test.npz"
    output = subprocess.run(
        [*map(str, command), str(data), "--json", "--batch", "256"], check=True,
        capture_output=True, env=environment,
    ).stdout  # fmt: skip
    return json.loads(output)


def threads(folder: pathlib.Path, name: str, limit: int, result: Section, rows: list, compiler: str):
    program = build(folder, compiler)
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(5):
        for count, found in times.items():
            found.append(run([program, "--limit", limit], count)["ms_per_image"])
    one, two = (statistics.median(found) for found in times.values())
    rows += [[name, "threads: 1", f"{one:.4f}", ""], [name, "threads: 2", f"{two:.4f}", ""]]
    result.bars.append(Bar(f"{name}, two threads: speed to one", one / two, 1.8, at_least=True))


def ranks(folder: pathlib.Path, rows: list) -> None:
    expected = run([build(folder, "cc")], 1)
    program = build(folder, "mpicc", "MPI=1")
    for count in (1, 2, 4):
        launcher = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", count]
        found = run([*launcher, program], 1)
        same = all(found[key] == expected[key] for key in ("images", "correct", "sources"))
        if not same:
            raise ValueError(f"{count} ranks give other results than one process")
        answer = f"{found['correct']} of {found['images']} right, as one process"
        rows.append(["vgg_mini, layerwise", f"ranks: {count}", f"{found['ms_per_image']:.4f}", answer])


def section(arguments) -> Section:
    result = Section("parallel", "Threads and ranks", TEXT)
    rows: list[list[str]] = []
    if len(os.sched_getaffinity(0)) > 1:
        for schedule, limit in [("layerwise", 3000), ("pipelined", 512)]:
            folder = emitted.compile(emitted.VGG_MINI, schedule, 64)
            name = f"vgg_mini, {schedule}, T = 64"
            threads(folder, name, limit, result, rows, arguments.compiler)
    if shutil.which("mpicc") and shutil.which("mpirun"):
        ranks(emitted.compile(emitted.VGG_MINI, "layerwise", 64), rows)
    result.tables.append(Table(["network", "", "ms per image (slowest rank)", "result"], rows))
    return result
