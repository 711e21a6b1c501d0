"""Two threads against one, over images and within one, and ranks of MPI against one process, by the emitted program itself."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess

import emitted
from results import Bar, Section, Table

TEXT = """The emitted program, built by its own Makefile, on the 3,000 test images: with one and with two threads of OpenMP in
turns, each bound to its processor (`OMP_PROC_BIND`), and, where Open MPI is there, as 1, 2 and 4 ranks of one thread. All
have to count the same spikes and the same right answers. Threads share out the images; where these come one at a time
(batch 1) they share the work on each: rows of outputs, or the outputs of the layers with few rows, between barriers, and
the counting of spikes for the program's report. What they lose there is waiting at the barriers, two to four a layer and
block of timesteps, and what one thread does alone, such as the classifier."""

PLAN = (
    (emitted.VGG_MINI, "layerwise", 3000, 256), (emitted.VGG_MINI, "pipelined", 512, 256),
    (emitted.VGG_MINI, "layerwise", 1000, 1), (emitted.VGG_MINI, "pipelined", 256, 1),
    (emitted.VGG16, "layerwise", 500, 1), (emitted.VGG16, "pipelined", 32, 1),
)  # fmt: skip


def build(folder: pathlib.Path, compiler: str, *options: str) -> pathlib.Path:
    subprocess.run(["make", "-s", "clean"], cwd=folder, check=True)
    subprocess.run(["make", "-s", f"CC={compiler}", *options], cwd=folder, check=True)
    return folder / "net_main"


def run(command: list, threads: int, batch: int = 256) -> dict:
    environment = {**emitted.ENVIRONMENT, "OMP_NUM_THREADS": str(threads)}
    if threads > 1:
        environment["OMP_PROC_BIND"] = "true"
    data = emitted.SHARED / "data" / "cifar10_test.npz"
    output = subprocess.run(
        [*map(str, command), str(data), "--json", "--batch", str(batch)], check=True,
        capture_output=True, env=environment,
    ).stdout  # fmt: skip
    return json.loads(output)


def must_agree(found: dict, expected: dict, who: str) -> None:
    if any(found[key] != expected[key] for key in ("images", "correct", "sources")):
        raise ValueError(f"{who} give other results than one process on one thread")


def threads(
    folder: pathlib.Path, name: str, limit: int, batch: int, result: Section, rows: list, compiler: str
) -> None:  # fmt: skip
    program = build(folder, compiler)
    runs: dict[int, list[dict]] = {1: [], 2: []}
    for _ in range(5):
        for count, found in runs.items():
            found.append(run([program, "--limit", limit], count, batch))
    must_agree(runs[2][0], runs[1][0], "two threads")
    one, two = (statistics.median(r["ms_per_image"] for r in found) for found in runs.values())
    rows += [[name, "threads: 1", f"{one:.4f}", ""], [name, "threads: 2", f"{two:.4f}", ""]]
    result.bars.append(Bar(f"{name}, two threads: speed to one", one / two, 1.8, at_least=True))


def ranks(folder: pathlib.Path, rows: list) -> None:
    expected = run([build(folder, "cc")], 1)
    program = build(folder, "mpicc", "MPI=1")
    for count in (1, 2, 4):
        launcher = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", count]
        found = run([*launcher, program], 1)
        must_agree(found, expected, f"{count} ranks")
        answer = f"{found['correct']} of {found['images']} right, as one process"
        rows.append(["vgg_mini, layerwise", f"ranks: {count}", f"{found['ms_per_image']:.4f}", answer])


def section(arguments) -> Section:
    result = Section("parallel", "Threads and ranks", TEXT)
    rows: list[list[str]] = []
    if len(os.sched_getaffinity(0)) > 1:
        for network, schedule, limit, batch in PLAN:
            folder = emitted.compile(network, schedule, 64)
            name = f"{network.name}, {schedule}, T = 64" + (", batch 1" if batch == 1 else "")
            threads(folder, name, limit, batch, result, rows, arguments.compiler)
    if shutil.which("mpicc") and shutil.which("mpirun"):
        ranks(emitted.compile(emitted.VGG_MINI, "layerwise", 64), rows)
    result.tables.append(Table(["network", "", "ms per image (slowest rank)", "result"], rows))
    return result
