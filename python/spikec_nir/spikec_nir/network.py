"""Networks in the libraries, with one way to run them all."""

import numpy as np

from . import libraries
from .file import read_metadata

LIBRARIES = {
    "sinabs": libraries.Sinabs,
    "norse": libraries.Norse,
    "snntorch": libraries.SnnTorch,
    "spikingjelly": libraries.SpikingJelly,
}


class Network:
    """A NIR file in a library. `module` is the library's own model."""

    def __init__(self, path, library, patched):
        if library not in LIBRARIES:
            raise ValueError(f"there is no library '{library}': use one of {', '.join(LIBRARIES)}")
        self.metadata = read_metadata(path)
        self._backend = LIBRARIES[library](path)
        self._patched = patched
        if patched and self.metadata.target != "nir":
            raise ValueError(
                f"{path} was made for target '{self.metadata.target}', whose neurons the library has: use plain"
            )

    @property
    def module(self):
        """The library's model."""
        return self._backend.module

    def run(self, sample, timesteps=None):
        """What comes out at each timestep, `[T, outputs]`, in the order of the trained model."""
        levels = self.metadata.levels(sample)
        self._backend.reset(self.metadata if self._patched else None)
        steps = self._backend.run(levels, timesteps or self.metadata.timesteps)
        outputs = np.empty_like(steps)
        outputs[:, self.metadata.output_order] = steps
        return outputs

    def logits(self, outputs):
        """The logits of outputs as `run` gives them."""
        scale = self.metadata.output_scale
        sums = outputs.sum(0, dtype=np.float64)
        return sums * np.resize(scale, sums.shape) / len(outputs)


def load(path, library):
    """A file for the target `nir` in a library, with spikec's neuron."""
    return Network(path, library, patched=True)


def plain(path, library):
    """A file in a library as its own loader gives it."""
    return Network(path, library, patched=False)
