"""What was tried for few timesteps, on VGG-mini, layerwise: the error that each idea leaves in the logits.

The error is the mean square of the difference to the CNN's logits (each image's mean taken off) over that of
the logits themselves. Everything is chosen on the first 128 calibration images and measured on the last 500,
so that no test image is looked at. Floats, no weight is rounded.

Usage: python scripts/accuracy_ideas.py [T ...]       needs: numpy, onnx; ../shared beside the repository
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"
BATCH = 125


def network():
    model = onnx.load(SHARED / "models/vgg_mini_cifar10.onnx")
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        arrays = [tensors[name] for name in node.input[1:] if name in tensors]
        if node.op_type == "Conv":
            yield "conv", arrays[0].transpose(0, 2, 3, 1).reshape(len(arrays[0]), -1), arrays[1]
        elif node.op_type == "Gemm":
            yield "dense", arrays[0] if len(arrays[0]) == 10 else arrays[0].T, arrays[1]
        elif node.op_type == "AveragePool":
            yield "pool", None, None


LAYERS = list(network())


def windows(kind, x):
    if kind == "dense":
        return x.transpose(0, 3, 1, 2).reshape(len(x), -1)
    n, h, w, c = x.shape
    p = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.stack([p[:, i : i + h, j : j + w] for i in range(3) for j in range(3)], 3).reshape(-1, 9 * c)


def linear(kind, x, weight, bias):
    shape = x.shape[:3] if kind == "conv" else x.shape[:1]
    parts = [windows(kind, x[k : k + BATCH]) @ weight.T for k in range(0, len(x), BATCH)]
    return np.concatenate(parts).reshape(*shape, -1) + bias


def pool(x):
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))


def fire(v, scale, steps, start=0.5):
    return np.clip(np.floor(v / scale * steps + start), 0, steps) * (scale / steps)


def run(x, layers, steps=None):
    for kind, weight, bias, *constants in layers:
        if kind == "pool":
            x = pool(x)
            continue
        x = linear(kind, x, weight, bias)
        if kind == "conv":
            x = np.maximum(x, 0) if steps is None else fire(x, constants[0], steps, constants[1])
    return x


def error(found, wanted):
    found, wanted = (z - z.mean(1, keepdims=True) for z in (found, wanted))
    return float(((found - wanted) ** 2).mean() / (wanted**2).mean())


def least_squares(current, wanted, steps):
    """Per channel, the scale of least squared error of what fires for `current`."""
    channels = current.shape[-1]
    rows = np.random.default_rng(0).permutation(current.size // channels)[:20000]
    v, a = (z.reshape(-1, channels)[rows].T.copy() for z in (current, wanted))
    largest = np.maximum(a.max(1), 1e-6)[:, None]
    best, scale = np.full((channels, 1), np.inf), largest.copy()
    for factor in 0.97 ** np.arange(90):
        cost = ((fire(v, largest * factor, steps) - a) ** 2).mean(1, keepdims=True)
        scale = np.where(cost < best, largest * factor, scale)
        best = np.minimum(cost, best)
    return scale[:, 0]


def fitted_weights(kind, spiking, analog, weight, strength):
    """Ridge regression of the CNN's currents on the spikes that arrive, towards the weights."""
    size = weight.shape[1]
    products, cross, total = np.zeros((size, size)), np.zeros((len(weight), size)), np.zeros(size)
    lacks, count = np.zeros(len(weight)), 0
    for k in range(0, len(spiking), BATCH):
        q, a = windows(kind, spiking[k : k + BATCH]), windows(kind, analog[k : k + BATCH])
        lack = (a - q) @ weight.T
        products, cross = products + q.T @ q, cross + lack.T @ q
        total, lacks, count = total + q.sum(0), lacks + lack.sum(0), count + len(q)
    products = products / count - np.outer(total, total) / count**2
    cross = cross / count - np.outer(lacks, total) / count**2
    ridge = strength * np.trace(products) / size * np.eye(size)
    return weight + np.linalg.solve(products + ridge, cross.T).T.astype(np.float32)


def dithered(shape, amplitude):
    tile = amplitude * np.array([[-0.375, 0.125], [0.375, -0.125]])
    return (0.5 + np.tile(tile, (shape[0] // 2, shape[1] // 2)))[None, :, :, None]


def converted(images, steps, margin=1.0, rounds=1, readout=True, simulated=False, ridge=0.0, dither=0.0):
    layers, spiking, analog = [], images, images
    for position, (kind, weight, bias) in enumerate(LAYERS):
        if kind == "pool":
            layers.append((kind, None, None))
            spiking, analog = pool(spiking), pool(analog)
            continue
        target = linear(kind, analog, weight, bias)
        if ridge and layers and kind == "conv":
            weight = fitted_weights(kind, spiking, analog, weight, ridge)
        current = linear(kind, spiking, weight, bias)
        if kind == "dense":
            layers.append((kind, weight, bias + (target - current).mean(0) * readout))
            break
        target = np.maximum(target, 0)
        scale = least_squares(current if simulated else target, target, steps)
        largest = np.maximum(target.max((0, 1, 2)), 1e-6)
        scale = np.maximum(scale, np.minimum(scale * margin, largest)).astype(np.float32)
        is_pooled = LAYERS[position + 1][0] == "pool"
        start = dithered(current.shape[1:3], dither) if dither and is_pooled else 0.5
        change = 0
        for _ in range(rounds):
            change = change + (target - fire(current + change, scale, steps, start)).mean((0, 1, 2))
        layers.append((kind, weight, (bias + change).astype(np.float32), scale, start))
        spiking, analog = fire(current + change, scale, steps, start).astype(np.float32), target
    return layers


IDEAS = {
    "least-squares scales": {"rounds": 0, "readout": False},
    "and biases fitted": {"readout": False},
    "and the logits' mean error taken back": {},
    "... biases fitted in two rounds": {"rounds": 2},
    "... scales fitted to the currents that arrive": {"simulated": True},
    "... weights fitted to the spikes that arrive": {"ridge": 0.1},
    "... scales larger by 1.15": {"margin": 1.15},
    "... by 1.3": {"margin": 1.3},
    "... by 1.6": {"margin": 1.6},
    "... by 1.15, starts dithered where a pooling follows": {"margin": 1.15, "dither": 1.0},
}


def main():
    images = np.load(SHARED / "data/cifar10_calibration.npz")["x"].astype(np.float32) / 255
    steps = [int(text) for text in sys.argv[1:]] or [4, 8]
    wanted = run(images[500:], LAYERS)
    print(f"{'error of the logits, in % of their square':54}" + "".join(f"  T={t:<4}" for t in steps))
    for name, options in IDEAS.items():
        found = [
            error(run(images[500:], converted(images[:128], t, **options), t), wanted) for t in steps
        ]
        print(f"{name:54}" + "".join(f"  {100 * value:<6.2f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
