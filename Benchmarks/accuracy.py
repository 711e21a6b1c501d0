"""Accuracy beside SpikingJelly's ann2snn, on the same weights, images and calibration data.

ann2snn runs as it does best: rates of the 99.9th percentile per channel, membranes that start at half the
threshold, float weights, all populations stepping together. spikec's networks have 8-bit weights; both of
its schedules are shown.

Usage: python Benchmarks/accuracy.py [--shared FOLDER] [--limit N] [--timesteps 8,16,32]
       [--output FILE] [MODEL ...]
Needs: pip install -r Benchmarks/accuracy-requirements.txt, and a built spikec.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import h5py
import numpy as np
import torch
from spikingjelly.activation_based import ann2snn, functional
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Each model, its data set, and what its images are divided by.
MODELS = {
    "vgg_mini_cifar10.h5": ("cifar10", 255),
    "cifar_resnet8_mlperf_tf240.h5": ("cifar10", 1),
    "cifar_cnn_tf215_b.h5": ("cifar10", 255),
    "mnist_cnn_keras231.h5": ("mnist", 255),
    "mnist_cnn_logits_tf224.h5": ("mnist", 255),
    "mnist_gap_tf280.h5": ("mnist", 255),
    "mnist_same_tf280.h5": ("mnist", 255),
    "mnist_depthwise_tf280.h5": ("mnist", 255),
}
# spikec's presets, and what tells their rows from those of the default.
PRESETS = {"best": "", "fewest-timesteps": ", fewest-timesteps"}
BATCH = 100
HEADER = """# Beside SpikingJelly's ann2snn

Points of accuracy that conversion loses, on the same weights, images and calibration data. Written by
`python Benchmarks/accuracy.py --output docs/ann2snn.md`. ann2snn has float weights and its best options: the 99.9th
percentile per channel and membranes that start at half a threshold; all its populations step together, as in the
pipelined schedule. spikec has 8-bit weights; with `--preset fewest-timesteps` up to four neurons send an element where
rounding costs most.
"""


class KerasNetwork(nn.Module):
    """A Keras HDF5 model of the layers below, channels first inside. Its softmax is left out."""

    def __init__(self, path: pathlib.Path):
        super().__init__()
        with h5py.File(path) as file:
            model = json.loads(file.attrs["model_config"])
            entries = model["config"]
            entries = entries["layers"] if isinstance(entries, dict) else entries
            self.modules_by_name = nn.ModuleDict()
            self.calls: list[tuple[str, str, list[str]]] = []
            self.sides: dict[str, int] = {}
            previous = None
            for entry in entries:
                config = entry["config"]
                name = config["name"]
                group = file["model_weights"].get(name)
                names = group.attrs["weight_names"] if group is not None else []
                arrays = [group[weight][()] for weight in names]
                inbound = entry.get("inbound_nodes")
                inputs = [call[0] for call in inbound[0]] if inbound else [previous]
                kind = "InputLayer" if inputs == [None] and not arrays else entry["class_name"]
                if inputs == [None]:
                    inputs = ["input"]
                self.add(kind, name, inputs, config, arrays)
                previous = name
        self.result = previous

    def add(self, kind, name, inputs, config, arrays):
        key = name.replace(".", "_")
        if inputs == ["input"]:
            self.sides["input"] = (config.get("batch_input_shape") or config["batch_shape"])[1]
        side = self.sides.get(inputs[0], 1)
        if kind == "InputLayer":
            self.calls.append(("same", name, ["input"]))
            self.sides[name] = side
            return
        if kind == "Add":
            self.calls.append(("add", name, inputs))
            self.sides[name] = side
            return
        layers = list(self.layer(kind, config, arrays, side))
        if config.get("activation") == "relu" or kind == "ReLU":
            layers.append(nn.ReLU())
        elif config.get("activation", "linear") not in ("linear", "softmax"):
            raise ValueError(f"{name}: no activation {config['activation']}")
        self.modules_by_name[key] = nn.Sequential(*layers) if layers else nn.Identity()
        self.calls.append((key, name, inputs))
        if "strides" in config:
            stride, same = config["strides"][0], config["padding"] == "same"
            reach = 1 if same else (config.get("kernel_size") or config["pool_size"])[0]
            side = (side - reach) // stride + 1
        self.sides[name] = side

    @staticmethod
    def layer(kind, config, arrays, side):
        if kind in ("Conv2D", "Convolution2D", "DepthwiseConv2D"):
            kernel, stride, padding = torch.from_numpy(arrays[0]), config["strides"], 0
            if config["padding"] == "same":
                front, padding = same_padding(side, kernel.shape[0], stride[0])
                # ann2snn takes no padding layer: a row and a column of zeros make both sides equal.
                extra = padding - front
                kernel = nn.functional.pad(kernel, (0, 0, 0, 0, extra, 0, extra, 0))
            if kind == "DepthwiseConv2D":
                kernel = kernel.permute(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
                groups = arrays[0].shape[2]
            else:
                kernel, groups = kernel.permute(3, 2, 0, 1), 1
            bias = len(arrays) > 1
            conv = nn.Conv2d(
                kernel.shape[1] * groups, kernel.shape[0], kernel.shape[2:], stride,
                padding, groups=groups, bias=bias,
            )  # fmt: skip
            conv.weight.data = kernel.contiguous()
            if bias:
                conv.bias.data = torch.from_numpy(arrays[1])
            yield conv
        elif kind == "Dense":
            dense = nn.Linear(*arrays[0].shape)
            dense.weight.data = torch.from_numpy(arrays[0].T.copy())
            dense.bias.data = torch.from_numpy(arrays[1])
            yield dense
        elif kind == "BatchNormalization":
            norm = nn.BatchNorm2d(len(arrays[-1]), eps=config["epsilon"])
            arrays = iter(arrays)
            if config.get("scale", True):
                norm.weight.data = torch.from_numpy(next(arrays))
            if config.get("center", True):
                norm.bias.data = torch.from_numpy(next(arrays))
            norm.running_mean.data = torch.from_numpy(next(arrays))
            norm.running_var.data = torch.from_numpy(next(arrays))
            yield norm
        elif kind in ("MaxPooling2D", "AveragePooling2D"):
            if config.get("padding", "valid") != "valid":
                raise ValueError(f"{config['name']}: pooling with padding")
            pool = nn.MaxPool2d if kind == "MaxPooling2D" else nn.AvgPool2d
            yield pool(tuple(config["pool_size"]), tuple(config["strides"]))
        elif kind == "GlobalAveragePooling2D":
            yield nn.AdaptiveAvgPool2d(1)
            yield nn.Flatten()
        elif kind == "Flatten":
            yield ChannelsLast()
            yield nn.Flatten()
        elif kind not in ("Activation", "ReLU", "Dropout"):
            raise ValueError(f"{config['name']}: no layer {kind}")

    def forward(self, x):
        values = {"input": x}
        for key, name, inputs in self.calls:
            if key == "same":
                values[name] = x
            elif key == "add":
                values[name] = values[inputs[0]] + values[inputs[1]]
            else:
                values[name] = self.modules_by_name[key](values[inputs[0]])
        return values[self.result]


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's "same" in front and behind; more behind where it is odd. Sides are equal here."""
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


class ChannelsLast(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


def images(path: pathlib.Path, scale: float, limit: int):
    with np.load(path) as data:
        x, y = data["x"][:limit], data["y"][:limit]
    x = x[..., None] if x.ndim == 3 else x
    return torch.from_numpy(x).permute(0, 3, 1, 2).float() / scale, torch.from_numpy(y).long()


@torch.inference_mode()
def accuracy(network, x, y, timesteps: list[int]) -> list[float]:
    """In percent: of the CNN where `timesteps` is [0], else of the summed outputs up to each T."""
    right = [0] * len(timesteps)
    for start in range(0, len(x), BATCH):
        part, labels = x[start : start + BATCH], y[start : start + BATCH]
        functional.reset_net(network)
        total = 0
        for t in range(max(max(timesteps), 1)):
            total = total + network(part)
            if t + 1 in timesteps or timesteps == [0]:
                at = timesteps.index(t + 1) if timesteps != [0] else 0
                right[at] += int((total.argmax(1) == labels).sum())
    return [100 * count / len(x) for count in right]


def converted(network: nn.Module, calibration: torch.Tensor) -> nn.Module:
    batches = [(part,) for part in calibration.split(BATCH)]
    recipe = ann2snn.RateCodingRecipe(
        batches, mode="99.9%", momentum=1 / len(batches), channel_wise=True, half_threshold=True
    )
    return ann2snn.FXConverter(recipe=recipe).convert(network).eval()


def ours(model, data, calibration, scale, limit, timesteps, schedule, preset) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.json")
        subprocess.run(
            [
                ROOT / ".build/release/spikec", "evaluate", model, "--calibrate", calibration,
                "--data", data, "--scale", str(scale), "--limit", str(limit), "--timesteps",
                ",".join(map(str, timesteps)), "--schedule", schedule, "--preset", preset, "--json", report,
            ],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return [row["accuracy"] for row in json.loads(report.read_text())["evaluation"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--shared", type=pathlib.Path, default=ROOT.parent / "shared")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--timesteps", default="4,8,16,32")
    parser.add_argument("--output", type=pathlib.Path, help="write the tables there too")
    arguments = parser.parse_args()
    timesteps = [int(text) for text in arguments.timesteps.split(",")]
    if arguments.output:
        arguments.output.write_text(HEADER)
    for name in arguments.models:
        table = compared(arguments.shared, name, arguments.limit, timesteps)
        print(table, flush=True)
        if arguments.output:
            with arguments.output.open("a") as file:
                file.write(table)


def compared(shared: pathlib.Path, name: str, limit: int, timesteps: list[int]) -> str:
    """A table in Markdown: points of accuracy lost against the CNN."""
    dataset, scale = MODELS[name]
    model = shared / "models" / name
    data, calibration = (shared / "data" / f"{dataset}_{part}.npz" for part in ("test", "calibration"))
    network = KerasNetwork(model).eval()
    x, y = images(data, scale, limit)
    cnn = accuracy(network, x, y, [0])[0]
    rows = {"ann2snn": accuracy(converted(network, images(calibration, scale, 1000)[0]), x, y, timesteps)}
    for preset in PRESETS:
        for schedule in ("pipelined", "layerwise"):
            rows[f"spikec, {schedule}" + PRESETS[preset]] = ours(
                model, data, calibration, scale, limit, timesteps, schedule, preset
            )
    lines = [
        f"\n## {name}\n\n{len(x)} images, CNN {cnn:.2f} %.\n",
        "| loss | " + " | ".join(f"T = {t}" for t in timesteps) + " |",
        "|---|" + "---|" * len(timesteps),
    ]
    for row, values in rows.items():
        lines.append(f"| {row} | " + " | ".join(f"{cnn - value:.2f}" for value in values) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
