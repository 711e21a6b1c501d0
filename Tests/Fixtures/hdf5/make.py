"""Writes the .h5 files of this folder: every way in which HDF5 stores what the reader reads. Run by hand:

    python3 -m venv .venv && .venv/bin/pip install h5py==3.14.0 numpy==2.4.6
    .venv/bin/python Tests/Fixtures/hdf5/make.py

`storage.h5` holds the numbers -3, -2, ... 20 of shape [6, 4] (unsigned: from 0) and some strings, in all types and
layouts; `user_block.h5` one array behind a block of 512 bytes that is no HDF5; `elsewhere.h5` links and data outside.
"""

from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).resolve().parent
NUMBERS = np.arange(-3, 21).reshape(6, 4)
LARGE = np.repeat(np.arange(60, dtype="f4"), 100_000).reshape(-1, 3)  # more than is read at once


def storage(file):
    for name in ("<f2", "<f4", "<f8", ">f4", ">f8", "<i1", "<i2", "<i4", "<i8", ">i2", ">i8"):
        file.create_dataset(f"contiguous/{name}", data=NUMBERS.astype(name))
    for name in ("<u1", "<u2", "<u4", "<u8", ">u4"):
        file.create_dataset(f"unsigned/{name}", data=(NUMBERS + 3).astype(name))
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(NUMBERS.shape)
    group = file.create_group("layouts")
    dataset = h5py.h5d.create(group.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, NUMBERS.astype("f4"))
    group.create_dataset("chunked", data=NUMBERS.astype("f4"), chunks=(4, 3))
    group.create_dataset(
        "deflated", data=NUMBERS.astype("f4"), chunks=(1, 4), compression=9, shuffle=True, fletcher32=True
    )
    group.create_dataset("extensible", data=NUMBERS.astype("f4"), maxshape=(None, 4))
    group.create_dataset("unwritten", shape=(6, 4), dtype="f4", fillvalue=2.5)
    group.create_dataset("large", data=LARGE, chunks=(70_001, 3), compression=9)
    group.create_dataset("scalar", data=np.float32(7))
    group.create_dataset("empty", shape=(0, 4), dtype="f4")
    group.create_dataset("null", data=h5py.Empty("f4"))
    group.create_dataset("compound", data=np.zeros(2, [("a", "f4")]))
    texts = file.create_group("texts")
    texts.create_dataset("fixed", data=np.array([b"one", b"", b"three"]))
    texts.create_dataset("variable", data=["one", "grüße", ""], dtype=h5py.string_dtype())
    texts.create_dataset("deflated", data=["one", "two"], dtype=h5py.string_dtype(), chunks=(1,), compression=9)
    padded = h5py.h5t.FORTRAN_S1.copy()
    padded.set_size(5)
    space = h5py.h5s.create_simple((2,))
    dataset = h5py.h5d.create(texts.id, b"padded", padded, space)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"one  ", b"two  "], "S5"), mtype=padded)
    texts.attrs["variable"] = "grüße"
    texts.attrs["fixed"] = np.bytes_("one")
    texts.attrs["list"] = np.array([b"one", b"three"])
    texts.attrs["numbers"] = np.array([1.5, -2.0])
    texts.attrs["whole"] = np.int16(-7)
    texts.attrs["empty"] = []
    file["again"] = file["layouts"]
    file["layouts/up"] = file["/"]
    file["soft"] = h5py.SoftLink("/layouts/chunked")
    file["dangling"] = h5py.SoftLink("/nothing/here")


def elsewhere(file):
    file["external"] = h5py.ExternalLink("storage.h5", "/layouts")
    file.create_dataset("raw", (4,), "f4", external=[("make.py", 0, 16)])
    layout = h5py.VirtualLayout((6, 4), "f4")
    layout[:] = h5py.VirtualSource("storage.h5", "layouts/chunked", (6, 4))
    file.create_virtual_dataset("virtual", layout)


def main():
    with h5py.File(FOLDER / "storage.h5", "w", track_order=False) as file:
        storage(file)
    with h5py.File(FOLDER / "elsewhere.h5", "w") as file:
        elsewhere(file)
    with h5py.File(FOLDER / "user_block.h5", "w", userblock_size=512) as file:
        file["x"] = NUMBERS.astype("f4")
    with open(FOLDER / "user_block.h5", "r+b") as file:
        file.write(b"the user's own")


if __name__ == "__main__":
    main()
