"""Runs NIR files in the library they were made for and counts outputs that differ from spikec's interpreter.

Usage: netlists.py LIBRARY plain|loader NETWORK FILE.nir DATA.npz EXPECTED.npz LIMIT
EXPECTED holds `steps`, what each output gave at each timestep in `spikec run --trace`.
"""

import sys
import time

import numpy as np

import spikec_nir


def main():
    library, mode, network, path, data, expected, limit = sys.argv[1:8]
    images = np.load(data)["x"][: int(limit)]
    steps = np.load(expected)["steps"]
    net = (spikec_nir.plain if mode == "plain" else spikec_nir.load)(path, library)
    start = time.time()
    wrong, total, sent = 0, 0, 0
    for image, reference in zip(images, steps):
        outputs = net.run(image)
        reference = reference.reshape(outputs.shape)
        wrong += int((outputs != reference).sum())
        total += reference.size
        sent += float(np.abs(reference).sum())
    kind = net.metadata.output
    print(
        f"{library:13} {mode:7} {network:28} {len(images):4} images, T = {net.metadata.timesteps}: "
        f"{wrong} of {total} {kind} outputs differ (sum {sent:.0f}, {time.time() - start:.0f} s)",
        flush=True,
    )
    return 1 if wrong or not sent else 0


if __name__ == "__main__":
    sys.exit(main())
