"""The networks in PyTorch: the CNN, and what a spiking library puts its neurons between."""

import copy

import numpy as np
import torch
from torch import nn

from networks import Layer


def prepare(images: np.ndarray) -> torch.Tensor:
    """Images [N, C, H, W] in 0 to 1, from bytes [N, H, W, C]."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return x.contiguous(memory_format=torch.channels_last)


def module(layer: Layer) -> nn.Module:
    if layer.kind == "pool":
        return nn.AvgPool2d(2)
    outputs, inputs = layer.weight.shape[:2]
    if layer.kind == "conv":
        result = nn.Conv2d(inputs, outputs, 3, padding=1)
    else:
        result = nn.Linear(inputs, outputs)
    result.weight = nn.Parameter(torch.from_numpy(layer.weight).float(), requires_grad=False)
    result.bias = nn.Parameter(torch.from_numpy(layer.bias).float(), requires_grad=False)
    if layer.kind == "conv":
        return result.to(memory_format=torch.channels_last)
    return result


@torch.inference_mode()
def normalize(layers: list[Layer], images: np.ndarray, percentile: float = 99.9) -> list[Layer]:
    """Weights such that every threshold is 1: a neuron's rate 1 stands for the percentile of its
    layer's positive activations, as is usual for conversions. The logits are scaled likewise."""
    result, x, before = copy.deepcopy(layers), prepare(images), 1.0
    for layer, scaled in zip(layers, result):
        x = x.flatten(1) if layer.kind == "dense" else x
        x = module(layer)(x)
        if layer.kind == "conv":
            x = x.relu()
        if layer.kind != "pool":
            scale = float(np.percentile(x[x > 0].numpy(), percentile))
            scaled.weight, scaled.bias = layer.weight * before / scale, layer.bias / scale
            before = scale
    return result


def split(layers: list[Layer], neuron) -> tuple[nn.Module, list[nn.Module]]:
    """The first convolution, whose result on a still image is the same at every timestep and is
    computed once; and what is computed at every timestep, `neuron()` after each convolution."""
    rest: list[nn.Module] = []
    for layer in layers:
        if layer.kind == "dense":
            rest.append(nn.Flatten())
        rest.append(module(layer))
        if layer.kind == "conv":
            rest.append(neuron())
    return rest[0], rest[1:]
