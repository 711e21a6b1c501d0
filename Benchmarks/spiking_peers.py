"""The network, pipelined, in SpikingJelly, snnTorch, Norse, sinabs and in plain PyTorch, each as its
documentation runs a converted network: float32, integrate and fire, reset by subtraction, starting
from half a threshold, a still image as constant current. A time step's logits are averaged."""

import importlib.metadata

import norse.torch as norse
import numpy as np
import sinabs.activation
import sinabs.layers
import snntorch
import torch
from norse.torch.functional.reset import reset_subtract
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

import torch_networks
from contender import Contender
from networks import Layer

START = 0.5


class PlainNeuron(nn.Module):
    def start(self) -> None:
        self.v = None

    def forward(self, current: torch.Tensor) -> torch.Tensor:
        if self.v is None:
            self.v = torch.full_like(current, START)
        self.v += current
        spikes = (self.v >= 1).float()
        self.v -= spikes
        return spikes


def plain(layers: list[Layer], timesteps: int):
    first, rest = torch_networks.split(layers, PlainNeuron)

    def run(images: torch.Tensor) -> torch.Tensor:
        for part in rest:
            if isinstance(part, PlainNeuron):
                part.start()
        current, total = first(images), 0
        for _ in range(timesteps):
            x = current
            for part in rest:
                x = part(x)
            total = total + x
        return total / timesteps

    return run


def spikingjelly(layers: list[Layer], timesteps: int):
    """Multi-step: every layer sees the whole sequence [T, N, ...] before the next one does."""
    first, rest = torch_networks.split(layers, lambda: neuron.IFNode(v_reset=None, step_mode="m"))
    rest = [x if isinstance(x, neuron.IFNode) else layer.SeqToANNContainer(x) for x in rest]
    network = nn.Sequential(*rest)

    def run(images: torch.Tensor) -> torch.Tensor:
        functional.reset_net(network)
        for part in rest:
            if isinstance(part, neuron.IFNode):
                part.v = START
        current = first(images)
        return network(current.expand(timesteps, *current.shape)).mean(0)

    return run


def spikingjelly_single(layers: list[Layer], timesteps: int):
    """Single-step: all layers at a time step before the next one."""
    first, rest = torch_networks.split(layers, lambda: neuron.IFNode(v_reset=None))
    network = nn.Sequential(*rest)

    def run(images: torch.Tensor) -> torch.Tensor:
        functional.reset_net(network)
        for part in rest:
            if isinstance(part, neuron.IFNode):
                part.v = START
        current, total = first(images), 0
        for _ in range(timesteps):
            total = total + network(current)
        return total / timesteps

    return run


def snntorch_loop(layers: list[Layer], timesteps: int):
    first, rest = torch_networks.split(
        layers, lambda: snntorch.Leaky(beta=1.0, threshold=1.0, reset_delay=False)
    )

    def run(images: torch.Tensor) -> torch.Tensor:
        membranes: dict = {}
        current, total = first(images), 0
        for _ in range(timesteps):
            x = current
            for i, part in enumerate(rest):
                if isinstance(part, snntorch.Leaky):
                    membrane = membranes.get(i)
                    start = torch.full_like(x, START) if membrane is None else membrane
                    x, membranes[i] = part(x, start)
                else:
                    x = part(x)
            total = total + x
        return total / timesteps

    return run


def norse_loop(layers: list[Layer], timesteps: int):
    """Norse's integrate-and-fire cell resets to a value; its LIF box cell can subtract. Its leak is
    made negligible, and its input as much larger."""
    leak = 2.0**-24
    parameters = norse.LIFBoxParameters(
        tau_mem_inv=torch.tensor(leak * 1000), reset_method=reset_subtract
    )
    stronger = [
        Layer(x.kind, x.weight / leak, x.bias / leak) if x.kind == "conv" else x for x in layers
    ]
    first, rest = torch_networks.split(stronger, lambda: norse.LIFBoxCell(parameters))
    network = norse.SequentialState(*rest)

    def initial(x: torch.Tensor):
        return norse.LIFBoxFeedForwardState(v=torch.full_like(x, START))

    for part in rest:
        if isinstance(part, norse.LIFBoxCell):
            part.state_fallback = initial

    def run(images: torch.Tensor) -> torch.Tensor:
        current, state, total = first(images), None, 0
        for _ in range(timesteps):
            x, state = network(current, state)
            total = total + x
        return total / timesteps

    return run


def sinabs_squeezed(layers: list[Layer], timesteps: int):
    """Batch and time are one axis between the neurons, as `sinabs.from_torch` arranges it."""
    first, rest = torch_networks.split(
        layers,
        lambda: sinabs.layers.IAFSqueeze(
            num_timesteps=timesteps, spike_fn=sinabs.activation.SingleSpike
        ),
    )
    network = nn.Sequential(*rest)
    neurons = [x for x in rest if isinstance(x, sinabs.layers.IAFSqueeze)]

    def run(images: torch.Tensor) -> torch.Tensor:
        current = first(images)
        if not neurons[0].is_state_initialised() or len(neurons[0].v_mem) != len(images):
            network(current.repeat_interleave(timesteps, 0))  # shapes the membranes
        for part in neurons:
            part.v_mem = torch.full_like(part.v_mem, START)
        x = network(current.repeat_interleave(timesteps, 0))
        return x.unflatten(0, (len(images), timesteps)).mean(1)

    return run


PEERS = [
    ("PyTorch, a plain loop", "torch", plain),
    ("SpikingJelly, multi-step", "spikingjelly", spikingjelly),
    ("SpikingJelly, single-step", "spikingjelly", spikingjelly_single),
    ("snnTorch", "snntorch", snntorch_loop),
    ("Norse", "norse", norse_loop),
    ("sinabs", "sinabs", sinabs_squeezed),
]


def contenders(
    network: str, layers: list[Layer], timesteps: int, batches: tuple[int, ...]
) -> list[Contender]:
    """`layers` have thresholds of 1."""

    def contender(name: str, package: str, build) -> Contender:
        with torch.inference_mode():
            network_run = build(layers, timesteps)

        def run(images: torch.Tensor) -> np.ndarray:
            with torch.inference_mode():
                return network_run(images).numpy()

        return Contender(
            name, network, "snn", importlib.metadata.version(package), timesteps, batches,
            torch_networks.prepare, run,
        )  # fmt: skip

    return [contender(*peer) for peer in PEERS]
