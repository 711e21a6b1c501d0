"""Runs SONATA folders by BMTK's PointNet in NEST and holds every spike against the interpreter's.

Each stimulus is a run of its own. The folder holds what the interpreter sends (`reference`), at the times at
which NEST must send it; membranes of read-outs give the logits. libsonata reads the same files as a check of
their form. Exit code 1 if anything differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SPIKEC = ROOT / ".build/release/spikec"
DIGITS = ROOT / "examples/digits"

RUN = """
import sys
from bmtk.simulator import pointnet
configuration = pointnet.Config.from_json(sys.argv[1])
configuration.build_env()
network = pointnet.PointNetwork.from_config(configuration)
simulator = pointnet.PointSimulator.from_config(configuration, network)
simulator.run()
"""


def compile_digits(folder, timesteps, stimuli):
    subprocess.run(
        [
            SPIKEC, "compile", DIGITS / "digits.h5", "--calibrate", DIGITS / "digits_train.npz", "--scale", "16",
            "--emit", "sonata", "--input", "rate", "--timesteps", str(timesteps), "--stimuli",
            DIGITS / "digits_test.npz", "--limit", str(stimuli), "-o", folder,
        ],
        check=True, stdout=subprocess.DEVNULL)


def spikes(path):
    """(time, neuron) pairs by population."""
    with h5py.File(path) as file:
        return {
            name: set(zip(np.rint(group["timestamps"][()]).astype(int), group["node_ids"][()].astype(int)))
            for name, group in file["spikes"].items()
        }


def simulate(folder, number):
    """Runs stimulus `number`; gives the spikes that NEST sent, and the read-outs' membranes."""
    config = json.loads((folder / "simulation_config.json").read_text())
    for entry in config["inputs"].values():
        entry["input_file"] = entry["input_file"].replace("spikes_0.h5", f"spikes_{number}.h5")
    (folder / "run.json").write_text(json.dumps(config))
    log = subprocess.run(
        [sys.executable, "-c", RUN, "run.json"], cwd=folder, capture_output=True, text=True)
    if log.returncode != 0:
        sys.exit(f"PointNet failed:\n{log.stdout[-2000:]}\n{log.stderr[-4000:]}")
    membranes = {}
    for name in config["reports"]:
        with h5py.File(folder / f"output/{name}.h5") as file:
            report = file[f"report/{name}"]
            order = np.argsort(report["mapping/node_ids"][()])
            membranes[name] = report["data"][-1][order]
    return spikes(folder / "output/spikes.h5"), membranes


def check_form(folder):
    """Reads the nodes and edges by libsonata; gives how many of each."""
    import libsonata

    nodes, edges = 0, 0
    for file in ("virtual_nodes", "nodes"):
        storage = libsonata.NodeStorage(str(folder / f"network/{file}.h5"))
        nodes += sum(storage.open_population(name).size for name in storage.population_names)
    storage = libsonata.EdgeStorage(str(folder / "network/edges.h5"))
    for name in sorted(storage.population_names):
        population = storage.open_population(name)
        last = population.target_nodes(libsonata.Selection([population.size - 1]))[-1]
        afferent = population.afferent_edges([int(last)])
        assert population.size - 1 in afferent.flatten(), f"{name}: its index does not lead to its edges"
        edges += population.size
    return nodes, edges


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stimuli", type=int, default=5)
    parser.add_argument("--timesteps", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="a SONATA folder with stimuli, instead of the digits")
    arguments = parser.parse_args()
    scratch = tempfile.TemporaryDirectory()
    folder = arguments.folder or Path(scratch.name) / "digits"
    if not arguments.folder:
        compile_digits(folder, arguments.timesteps, arguments.stimuli)
    facts = json.loads((folder / "spikec.json").read_text())
    print("libsonata: {} nodes, {} edges".format(*check_form(folder)))
    different, total = 0, 0
    for number in range(len(list((folder / "reference").glob("spikes_*.h5")))):
        found, membranes = simulate(folder, number)
        expected = spikes(folder / f"reference/spikes_{number}.h5")
        for name, trains in expected.items():
            different += len(trains ^ found.get(name, set()))
            total += len(trains)
        with h5py.File(folder / f"reference/spikes_{number}.h5") as file:
            for position, output in enumerate(facts["outputs"]):
                if output["population"] not in membranes:
                    continue
                scale = np.resize(output["scale"], membranes[output["population"]].shape)
                logits = membranes[output["population"]] * (scale / facts["timesteps"])
                wrong = np.abs(logits - file[f"outputs/{position}"][()]).max()
                print(f"stimulus {number}: class {logits.argmax()}, largest difference of a logit {wrong:.3g}")
                different += int(wrong > 1e-6 * np.abs(logits).max())
        print(f"stimulus {number}: {sum(map(len, expected.values()))} spikes", flush=True)
    print(f"{total} spikes by the interpreter, {different} different in NEST")
    sys.exit(1 if different or not total else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
