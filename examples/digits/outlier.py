"""Writes digits_outlier.h5: digits.h5 with one channel whose activations are 1,024 times as large.

The network computes what it did: bn2 makes channel 5 of relu2 larger, and conv3 takes it back. A ReLU lets
a positive factor through, and the factor is a power of two, so that not even the rounding differs. But one
scale for the whole layer, as the ECC paper chooses it, is now 1,024 times too large for the other channels.

Usage: pip install h5py; python examples/digits/outlier.py
"""

import shutil
from pathlib import Path

import h5py

FOLDER = Path(__file__).resolve().parent
CHANNEL = 5
FACTOR = 1024


def main():
    target = FOLDER / "digits_outlier.h5"
    shutil.copy(FOLDER / "digits.h5", target)
    with h5py.File(target, "r+") as file:
        weights = file["model_weights"]
        for name in ("gamma", "beta"):
            weights[f"bn2/digits/bn2/{name}"][CHANNEL] *= FACTOR
        weights["conv3/digits/conv3/kernel"][:, :, CHANNEL, :] /= FACTOR


if __name__ == "__main__":
    main()
