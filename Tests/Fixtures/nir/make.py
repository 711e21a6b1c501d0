"""Writes the .nir files of this folder and a reference .npz beside each that can be run. Run by hand:

    python3 -m venv .venv && .venv/bin/pip install -r Tests/Fixtures/nir/requirements.txt
    .venv/bin/python Tests/Fixtures/nir/make.py

`sinabs_` and `snntorch_` files are what those libraries' own exporters write, the others are built with
the package `nir`. A reference holds `x` (whole numbers, the same at every timestep), and for each node
with spikes `spikes.NAME` [samples, timesteps, ...] in NIR's order, from simulate.py, which reads the file
that was written. Weights of files named `_dyadic` are whole multiples of 1/16.
"""

from pathlib import Path

import nir
import numpy as np

import simulate

FOLDER = Path(__file__).resolve().parent
RANDOM = np.random.default_rng(6)
TIMESTEPS = 12


def dyadic(*shape, scale=8):
    return RANDOM.integers(-scale, scale + 3, shape).astype(np.float32) / 16


def floats(*shape):
    return RANDOM.normal(0.05, 1.2 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)


def conv(weight, size, stride=1, padding=0, dilation=1, groups=1, bias=None):
    bias = np.zeros(weight.shape[0], np.float32) if bias is None else bias
    return nir.Conv2d(size, weight, stride, padding, dilation, groups, bias)


def if_(*shape, threshold=1.0, r=1.0, reset=None):
    full = np.ones(shape, np.float32)
    return nir.IF(full * r, full * threshold, None if reset is None else full * reset)


def lif(*shape, tau, threshold=1.0, r=1.0, leak=0.0, reset=0.0):
    full = np.ones(shape, np.float32)
    return nir.LIF(full * tau, full * r, full * leak, full * threshold, full * reset)


def graph(nodes, edges=None):
    names = list(nodes)
    return nir.NIRGraph(nodes, edges or list(zip(names, names[1:])), type_check=False)


def cnn_dyadic():
    return graph({
        "input": nir.Input([2, 8, 8]),
        "conv1": conv(dyadic(4, 2, 3, 3), (8, 8), padding=(1, 1), bias=dyadic(4, scale=2)),
        "if1": if_(4, 8, 8),
        "pool1": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "conv2": conv(dyadic(6, 4, 3, 3, scale=4), (4, 4), stride=(2, 1), padding=(1, 1)),
        "if2": if_(6, 2, 4, threshold=1.5),
        "flatten": nir.Flatten({"input": np.array([6, 2, 4])}, 0, -1),
        "fc": nir.Affine(dyadic(5, 48, scale=4), dyadic(5, scale=2)),
        "if3": if_(5),
        "output": nir.Output([5]),
    })


def residual_dyadic():
    nodes = {
        "input": nir.Input([1, 6, 6]),
        "conv1": conv(dyadic(4, 1, 3, 3), (6, 6), padding=1),
        "if1": if_(4, 6, 6),
        "conv2": conv(dyadic(4, 4, 3, 3, scale=4), (6, 6), padding=1),
        "skip": conv(dyadic(4, 4, 1, 1), (6, 6)),
        "if2": if_(4, 6, 6),
        "pool": nir.AvgPool2d(np.array([3, 3]), np.array([3, 3]), np.array([0, 0])),
        "scale": nir.Scale(np.full((4, 2, 2), 9, np.float32)),
        "flatten": nir.Flatten({"input": np.array([4, 2, 2])}, 0, -1),
        "fc": nir.Linear(dyadic(3, 16, scale=4)),
        "if3": if_(3),
        "output": nir.Output([3]),
    }
    edges = [
        ("input", "conv1"), ("conv1", "if1"), ("if1", "conv2"), ("if1", "skip"), ("conv2", "if2"),
        ("skip", "if2"), ("if1", "if2"), ("if2", "pool"), ("if1", "pool"), ("pool", "scale"),
        ("scale", "flatten"), ("flatten", "fc"), ("fc", "if3"), ("if3", "output"),
    ]
    return graph(nodes, edges)


def groups_and_rows():
    return graph({
        "input": nir.Input([4, 17]),
        "conv1": nir.Conv1d(17, floats(6, 2, 3), 2, 1, 2, 2, floats(6)),
        "if1": if_(6, 8),
        "conv2": nir.Conv1d(8, floats(4, 6, 4), 1, "same", 1, 1, np.zeros(4, np.float32)),
        "if2": if_(4, 8, threshold=0.7, r=0.5),
        "flatten": nir.Flatten({"input": np.array([4, 8])}, 0, -1),
        "fc": nir.Affine(floats(3, 32), floats(3)),
        "output": nir.Output([3]),
    })


def thresholds_and_resets():
    threshold = (np.arange(1, 5, dtype=np.float32) / 4).reshape(4, 1, 1) * np.ones((4, 7, 5), np.float32)
    scale = RANDOM.uniform(0.5, 1.5, (4, 1, 1)).astype(np.float32) * np.ones((4, 7, 5), np.float32)
    return graph({
        "input": nir.Input([2, 7, 5]),
        "conv1": conv(floats(4, 2, 2, 3), (7, 5), padding="same"),
        "scale1": nir.Scale(scale),
        "if1": nir.IF(np.ones_like(threshold), threshold, threshold - 0.75),
        "scale2": nir.Scale(-scale),
        "conv2": conv(floats(4, 4, 3, 1), (7, 5), dilation=(2, 1), bias=floats(4)),
        "if2": if_(4, 3, 5, reset=-0.25),
        "flatten": nir.Flatten({"input": np.array([4, 3, 5])}, 0, -1),
        "fc": nir.Affine(floats(4, 60), floats(4)),
        "if3": nir.IF(np.ones(4, np.float32), np.array([0.5, 1, 1.5, 2], np.float32)),
        "output": nir.Output([4]),
    })


def lif_slow_dyadic():
    tau = 1e6
    return graph({
        "input": nir.Input([6]),
        "fc1": nir.Affine(dyadic(8, 6), dyadic(8, scale=2)),
        "lif1": lif(8, tau=tau, r=tau / 1e-4),
        "fc2": nir.Affine(dyadic(3, 8), dyadic(3, scale=2)),
        "lif2": lif(3, tau=tau, r=tau / 1e-4),
        "output": nir.Output([3]),
    })


def lif_leaky():
    tau = 2e-3
    return graph({
        "input": nir.Input([6]),
        "fc1": nir.Affine(floats(8, 6), floats(8)),
        "lif1": lif(8, tau=tau, r=tau / 1e-4, leak=0.25, reset=-0.5),
        "fc2": nir.Affine(floats(3, 8), floats(3)),
        "lif2": lif(3, tau=5e-4, r=5),
        "output": nir.Output([3]),
    })


def nested_dyadic():
    block = graph({
        "input": nir.Input([8]), "fc": nir.Affine(dyadic(8, 8, scale=4), dyadic(8, scale=2)),
        "if": if_(8), "output": nir.Output([8]),
    })
    outer = graph({"input": nir.Input([8]), "inner": block, "output": nir.Output([8])})
    return graph({
        "input": nir.Input([4]), "fc": nir.Affine(dyadic(8, 4), dyadic(8, scale=2)), "if": if_(8),
        "block": outer, "last": nir.Linear(dyadic(2, 8, scale=4)), "out": if_(2),
        "output": nir.Output([2]),
    })


def cuba():
    ones = np.ones(3, np.float32)
    return graph({
        "input": nir.Input([2]), "fc": nir.Linear(floats(3, 2)),
        "cuba": nir.CubaLIF(ones * 2e-3, ones * 1e-2, ones, ones * 0, ones), "output": nir.Output([3]),
    })


def recurrent():
    nodes = {
        "input": nir.Input([2]), "fc": nir.Linear(floats(3, 2)), "lif": if_(3),
        "w_rec": nir.Linear(floats(3, 3)), "output": nir.Output([3]),
    }
    return graph(nodes, [
        ("input", "fc"), ("fc", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")])


def threshold():
    return graph({
        "input": nir.Input([3]), "fc": nir.Linear(floats(3, 3)),
        "step": nir.Threshold(np.ones(3, np.float32)), "output": nir.Output([3])})


def cuba_li():
    ones = np.ones(3, np.float32)
    return graph({
        "input": nir.Input([2]), "fc": nir.Linear(floats(3, 2)),
        "li": nir.CubaLI(ones * 2e-3, ones * 1e-2, ones, ones * 0), "output": nir.Output([3])})


def delayed():
    return graph({
        "input": nir.Input([3]), "fc": nir.Linear(dyadic(4, 3)), "if1": if_(4),
        "delay": nir.Delay(np.full(4, 2e-4)), "fc2": nir.Linear(dyadic(2, 4)), "if2": if_(2),
        "output": nir.Output([2])})


def sinabs_cnn():
    """The N-MNIST network of the NIR paper (02_cnn), smaller, through sinabs' exporter."""
    import sinabs.layers as sl
    import torch
    from sinabs.nir import to_nir

    torch.manual_seed(2)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 5, stride=2, padding=1), sl.IAFSqueeze(batch_size=1),
        torch.nn.Conv2d(4, 4, 3, padding=1), sl.IAFSqueeze(batch_size=1), sl.SumPool2d(2, 2),
        torch.nn.Flatten(), torch.nn.Linear(4 * 4 * 4, 10), sl.IAFSqueeze(batch_size=1))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.data = parameter.data * 1.5
    sample = torch.rand(1, 2, 18, 18)
    model(sample)
    result = to_nir(model, sample)
    result.infer_types()  # without input shapes, the package cannot write convolutions
    return result


def leaky(beta, *shape, output=False):
    """snnTorch's neuron, each with parameters of its own: the exporter's type check needs them."""
    import snntorch
    import torch

    full = torch.ones(shape, dtype=torch.float64)
    return snntorch.Leaky(beta=full * beta, threshold=full.float(), init_hidden=True, output=output)


def snntorch_mlp():
    import torch
    from snntorch.export_nir import export_to_nir

    torch.manual_seed(3)
    model = torch.nn.Sequential(
        torch.nn.Linear(12, 9), leaky(0.9, 9), torch.nn.Linear(9, 4, bias=False), leaky(0.9, 4, output=True))
    return export_to_nir(model, torch.rand(1, 12), ignore_dims=[0])


def snntorch_cnn():
    """beta so near to 1 that the neurons integrate."""
    import torch
    from snntorch.export_nir import export_to_nir

    torch.manual_seed(4)
    beta = 1 - 1e-9
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, bias=False), leaky(beta, 3, 6, 6), torch.nn.AvgPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(3 * 9, 4), leaky(beta, 4, output=True))
    return export_to_nir(model, torch.rand(1, 1, 8, 8), ignore_dims=[0])


RUNNABLE = [
    cnn_dyadic, residual_dyadic, groups_and_rows, thresholds_and_resets, lif_slow_dyadic, lif_leaky,
    nested_dyadic, delayed, sinabs_cnn, snntorch_mlp, snntorch_cnn,
]
REFUSED = [cuba, recurrent, threshold, cuba_li]


def main():
    for build in RUNNABLE + REFUSED:
        path = FOLDER / f"{build.__name__}.nir"
        # The package's own compression costs small files some 4 KiB a parameter; one keeps it.
        nir.write(path, build(), **({} if build is cnn_dyadic else {"compression": None}))
        if build in REFUSED:
            continue
        network = simulate.Network(path)
        x = RANDOM.integers(0, 3, (3, *network.input_shape)).astype(np.float32)
        records = network.run(x, TIMESTEPS)
        rates = {name: round(float(record.mean()), 3) for name, record in records.items()}
        np.savez_compressed(
            path.with_suffix(".npz"), x=x, **{f"spikes.{name}": r for name, r in records.items()})
        print(path.name, path.stat().st_size, rates)


if __name__ == "__main__":
    main()
