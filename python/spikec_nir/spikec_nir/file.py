"""What a NIR file of spikec says of itself besides the graph."""

from dataclasses import dataclass, field

import h5py
import numpy as np


@dataclass
class Metadata:
    """The metadata of a file; shapes in the order of the trained model."""

    target: str
    timesteps: int
    input_coding: str
    input_offset: np.ndarray
    input_step: np.ndarray
    input_low: int
    input_high: int
    # For each element of the file's input, its index in the sample.
    input_order: np.ndarray
    # For each element of the file's output, its index in the model's.
    output_order: np.ndarray
    # spikes or membrane.
    output: str
    output_scale: np.ndarray
    input_shape: tuple
    # What the outputs stand for; empty where the file does not say.
    class_names: list = field(default_factory=list)
    # V(0) in thresholds and the smallest step of V, by node.
    start: dict = field(default_factory=dict)
    step: dict = field(default_factory=dict)

    def levels(self, sample: np.ndarray) -> np.ndarray:
        """The levels of one sample, channels first as the file wants them; the same at every timestep."""
        if self.input_coding != "direct":
            raise ValueError(f"only direct coding has levels that stay the same, not {self.input_coding}")
        values = np.asarray(sample, np.float64).reshape(-1)
        offset, step = (np.float64(a).reshape(-1) for a in (self.input_offset, self.input_step))
        level = np.clip(np.floor((values - offset) / step + 0.5), self.input_low, self.input_high)
        return level[self.input_order].reshape(self.input_shape).astype(np.float32)


def read_metadata(path: str) -> Metadata:
    """Reads the metadata of a file that spikec wrote."""
    with h5py.File(path, "r") as file:
        graph = file["node"]
        if "metadata" not in graph or "producer" not in graph["metadata"]:
            raise ValueError(f"{path}: was not written by spikec")
        values = {name: item[()] for name, item in graph["metadata"].items()}
        nodes = graph["nodes"]
        own = {
            name: {key: item[()] for key, item in node["metadata"].items()}
            for name, node in nodes.items()
            if "metadata" in node
        }
        shape = tuple(int(n) for n in nodes["input"]["shape"][()])

    def text(name):
        return values[name].decode() if isinstance(values[name], bytes) else str(values[name])

    return Metadata(
        target=text("target"),
        timesteps=int(values["timesteps"]),
        input_coding=text("input_coding"),
        input_offset=values["input_offset"],
        input_step=values["input_step"],
        input_low=int(values["input_low"]),
        input_high=int(values["input_high"]),
        input_order=values["input_order"],
        output_order=values["output_order"],
        output=text("output"),
        output_scale=values["output_scale"],
        input_shape=shape,
        class_names=[name.decode() for name in values.get("class_names", [])],
        start={name: node["start"] for name, node in own.items() if "start" in node},
        step={name: node["step"] for name, node in own.items() if "step" in node},
    )
