"""How each library loads a NIR file, runs it, and is made to run spikec's neuron.

The neuron is `V += I; s = V >= θ; V -= s·θ` from any V(0). Where a library fires for V > θ, V(0) is shifted up by half
of V's smallest step, so that V never equals θ: charges are whole multiples of that step.
"""

import warnings

import nir
import numpy as np
import torch

warnings.filterwarnings("ignore", category=DeprecationWarning)


def _starts(metadata, name, shift):
    """V(0) of a node's neurons, `[1, ...]`."""
    start = metadata.start.get(name, np.zeros_like(metadata.step[name]))
    if shift:
        start = start + metadata.step[name] / 2
    return torch.tensor(start, dtype=torch.float32)[None]


def _is_neuron(node):
    return isinstance(node, (nir.IF, nir.LIF))


class _Stepwise:
    """Runs a module that takes one timestep and its state."""

    def __init__(self, path):
        self.graph = nir.read(path)
        self.neurons = [name for name, node in self.graph.nodes.items() if _is_neuron(node)]
        self.module = self.imported(path)

    def run(self, levels, timesteps):
        state, outputs = self.first_state, []
        x = torch.tensor(levels)[None]
        with torch.no_grad():
            for _ in range(timesteps):
                y, state = self.module(x, state) if state is not None else self.module(x)
                outputs.append(y.detach().reshape(-1).numpy().copy())
        return np.stack(outputs)

    first_state = None


class Sinabs:
    """sinabs 3.1.3: fires for V >= θ, several spikes at once, V no lower than -θ."""

    def __init__(self, path):
        import sinabs.nir

        self.graph = nir.read(path)
        self._load = lambda timesteps: sinabs.nir.from_nir(self.graph, batch_size=1, num_timesteps=timesteps)
        self.module, self._timesteps, self._metadata = None, None, None

    def reset(self, metadata):
        self._metadata = metadata

    def run(self, levels, timesteps):
        if self._timesteps != timesteps:
            self.module, self._timesteps = self._load(timesteps), timesteps
        self._prepare()
        x = torch.tensor(np.repeat(levels[None], timesteps, 0))
        with torch.no_grad():
            y = self.module(x)
        y = y[0] if isinstance(y, tuple) else y
        return y.detach().reshape(timesteps, -1).numpy()

    def _prepare(self):
        import sinabs.activation
        import sinabs.layers

        for name, module in self.module.named_modules():
            if not isinstance(module, sinabs.layers.IAFSqueeze):
                continue
            module.reset_states()
            if self._metadata is None:
                continue
            module.spike_fn, module.min_v_mem = sinabs.activation.SingleSpike, None
            start = _starts(self._metadata, name.split(".")[-1], shift=False)
            module.init_state_with_shape(start.shape)
            module.v_mem.copy_(start)


class Norse(_Stepwise):
    """Norse 1.1.0: fires for V > θ, reset to 0."""

    def imported(self, path):
        import norse.torch

        return norse.torch.from_nir(self.graph)

    def reset(self, metadata):
        if metadata is None:
            return
        for name in self.neurons:
            cell = getattr(self.module, name)
            start = _starts(metadata, name, shift=True)
            cell.activation = _norse_step
            # A cell starts at v_reset, which only its initial state uses once the step is ours.
            cell.p = cell.p._replace(v_reset=start)


def _norse_step(current, state, p, dt):
    membrane = state.v + current
    spikes = (membrane > p.v_th).to(current.dtype)
    return spikes, type(state)(v=membrane - spikes * p.v_th)


class SnnTorch(_Stepwise):
    """snnTorch 1.0.0: fires for V > θ, reset to 0."""

    def imported(self, path):
        from snntorch.import_nir import import_from_nir

        return import_from_nir(self.graph)

    def reset(self, metadata):
        import snntorch

        modules = {
            name.split(".")[-1]: module
            for name, module in self.module.named_modules()
            if isinstance(module, snntorch.Leaky)
        }
        for module in modules.values():
            module.reset_mem()
        if metadata is None:
            return
        for module in modules.values():
            module.init_hidden, module.reset_delay = True, True
            module.beta = torch.tensor(1.0)
            module.reset_mechanism, module.state_function = "subtract", module._base_sub
        # One step on zeros gives every membrane its shape: flattening drops the batch here.
        self.module(torch.zeros(1, *metadata.input_shape))
        for name, module in modules.items():
            start = _starts(metadata, name, shift=True)
            module.mem = start.reshape(module.mem.shape)


class SpikingJelly(_Stepwise):
    """SpikingJelly 2.0.0: fires for V >= θ, reset to 0."""

    def imported(self, path):
        from spikingjelly.activation_based.nir_exchange.from_nir import import_from_nir

        return import_from_nir(self.graph, dt=1.0)

    def reset(self, metadata):
        from spikingjelly.activation_based import functional, neuron

        functional.reset_net(self.module)
        if metadata is None:
            return
        for name, module in self.module.named_modules():
            if not isinstance(module, neuron.IFNode):
                continue
            module.v_reset = None
            # The node's name is that of the module around the neuron.
            module.v = _starts(metadata, name.split(".")[-2], shift=False)
