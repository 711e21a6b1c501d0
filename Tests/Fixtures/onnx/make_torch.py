"""Writes one PyTorch network by both of PyTorch's exporters, and what it gives for some inputs. Run by hand:

    python3 -m venv .venv && .venv/bin/pip install torch==2.15.0 onnx==1.19.1 onnxscript==0.7.2 numpy
    .venv/bin/python Tests/Fixtures/onnx/make_torch.py

`residual_torchscript.onnx` and `residual_dynamo.onnx` hold the same weights; `residual.npz` the inputs `x` and outputs `y`.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

FOLDER = Path(__file__).resolve().parent


class Residual(nn.Module):
    """A stem, a residual block with a depthwise convolution, poolings, and two dense layers."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU())
        self.depthwise = nn.Sequential(
            nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False), nn.BatchNorm2d(6), nn.ReLU6()
        )
        self.pointwise = nn.Conv2d(6, 6, 1)
        self.largest = nn.MaxPool2d(2)
        self.reduce = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.hidden = nn.Linear(8 * 2 * 2, 12)
        self.classes = nn.Linear(12, 4)

    def forward(self, x):
        x = self.stem(x)
        x = self.largest(torch.relu(x + self.pointwise(self.depthwise(x))))
        x = torch.relu(self.reduce(x))
        x = torch.flatten(x, 1)
        return self.classes(torch.relu(self.hidden(x)))


def randomise(network):
    generator = torch.Generator().manual_seed(1)
    for name, values in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        normal = torch.randn(values.shape, generator=generator)
        if "running_var" in name:
            values.copy_(0.5 + normal.abs())
        elif values.dim() > 1:
            values.copy_(normal * (2 / values[0].numel()) ** 0.5)
        elif "weight" in name:
            values.copy_(1 + 0.3 * normal)
        else:
            values.copy_(0.2 * normal)


def strip(path):
    """Takes out the comments of the exporter, among them the paths of the Python files it ran."""
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        del part.metadata_props[:]
        part.doc_string = ""
    model.producer_version = model.producer_version.split("+")[0]
    onnx.save(model, path)


def main():
    network = Residual().eval()
    randomise(network)
    x = torch.rand((64, 2, 8, 8), generator=torch.Generator().manual_seed(2))
    example = x[:1]
    old, new = FOLDER / "residual_torchscript.onnx", FOLDER / "residual_dynamo.onnx"
    torch.onnx.export(network, (example,), str(old), dynamo=False, opset_version=17)
    torch.onnx.export(network, (example,), str(new), dynamo=True, external_data=False)
    for path in (old, new):
        strip(path)
    with torch.no_grad():
        np.savez_compressed(FOLDER / "residual.npz", x=x.numpy(), y=network(x).numpy())


if __name__ == "__main__":
    main()
