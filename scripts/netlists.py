"""Runs NIR files in the library they were made for and counts outputs that differ from spikec's interpreter.

Usage: netlists.py LIBRARY plain|loader NETWORK READOUT FILE.nir DATA.npz EXPECTED.npz LIMIT
EXPECTED holds `steps`, what each output gave at each timestep in `spikec run --trace`. Prints a row of the table of
docs/netlists.md; exit code 1 if an output differs, or if all are 0.
"""

import sys
from importlib.metadata import version

import numpy as np

import nir
import spikec_nir

TITLES = {"sinabs": "sinabs", "norse": "Norse", "snntorch": "snnTorch", "spikingjelly": "SpikingJelly"}


def nir_version():
    """That of the package in front: sinabs pins an older one."""
    return getattr(nir, "__version__", None) or version("nir")


def main():
    library, mode, network, readout, path, data, expected, limit = sys.argv[1:9]
    images = np.load(data)["x"][: int(limit)]
    steps = np.load(expected)["steps"]
    net = (spikec_nir.plain if mode == "plain" else spikec_nir.load)(path, library)
    wrong, total, sent = 0, 0, 0.0
    for image, reference in zip(images, steps):
        outputs = net.run(image)
        reference = reference.reshape(outputs.shape)
        wrong += int((outputs != reference).sum())
        total += reference.size
        sent += float(np.abs(reference).sum())
    loader = "own, without any patch" if mode == "plain" else "spikec_nir.load"
    print(
        f"| {network} | {net.metadata.target} | {TITLES[library]} {version(library)}, nir {nir_version()} | {loader} "
        f"| {readout} | {net.metadata.timesteps} | {len(images)} | {wrong} of {total:,} |",
        flush=True,
    )
    return 1 if wrong or not sent else 0


if __name__ == "__main__":
    sys.exit(main())
