"""Writes VGG-16 and ResNet-50 with random weights, as .onnx and as .h5, and measures how they import.

The reading of a file into memory, and the import of a tiny model, are measured beside them.
"""

import json
import pathlib
import subprocess
import sys

import h5py
import numpy
import onnx
from onnx import TensorProto, helper

SPIKEC = pathlib.Path(__file__).resolve().parent.parent / ".build/release/spikec"
RANDOM = numpy.random.default_rng(1)
VGG16 = [64, 64, "P", 128, 128, "P", 256, 256, 256, "P", 512, 512, 512, "P", 512, 512, 512, "P"]
RESNET50 = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]


def weights(*shape):
    """Quick random weights of a spread that keeps activations in range."""
    spread = (2 / numpy.prod(shape[:-1])) ** 0.5
    return RANDOM.random(shape, "f4") * numpy.float32(2 * spread) - numpy.float32(spread)


class Network:
    """Layers in the order in which they are applied; each returns the name of what it gives."""

    def __init__(self, size):
        self.size, self.channels, self.count = size, 3, 0

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"


class Onnx(Network):
    """Writes a network as PyTorch's exporters do: channels first."""

    def __init__(self, size):
        super().__init__(size)
        self.nodes, self.constants = [], []
        self.input = "image"

    def constant(self, name, values):
        self.constants.append(
            helper.make_tensor(name, TensorProto.FLOAT, values.shape, values.tobytes(), raw=True)
        )
        return name

    def node(self, kind, inputs, **attributes):
        name = self.name(kind)
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x, fan_in, fan_out, kernel, stride=1, bias=True):
        kernels = weights(kernel, kernel, fan_in, fan_out).transpose(3, 2, 0, 1).copy()
        name = f"w{self.count}"
        inputs = [x, self.constant(name, kernels)]
        inputs += [self.constant(f"{name}.bias", numpy.zeros(fan_out, "f4"))] if bias else []
        return self.node("Conv", inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def norm(self, x, channels):
        name = f"n{self.count}"
        values = [numpy.ones, numpy.zeros, numpy.zeros, numpy.ones]
        return self.node(
            "BatchNormalization",
            [x] + [self.constant(f"{name}.{i}", v(channels, "f4")) for i, v in enumerate(values)],
        )

    def relu(self, x):
        return self.node("Relu", [x])

    def pool(self, x, kernel, stride):
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[(kernel - 1) // 2] * 4)

    def add(self, x, y):
        return self.node("Add", [x, y])

    def mean(self, x):
        return self.node("GlobalAveragePool", [x])

    def flatten(self, x):
        return self.node("Flatten", [x])

    def dense(self, x, fan_in, fan_out):
        name = f"w{self.count}"
        inputs = [x, self.constant(name, weights(fan_in, fan_out).T.copy())]
        return self.node("Gemm", inputs + [self.constant(f"{name}.bias", numpy.zeros(fan_out, "f4"))], transB=1)

    def save(self, path, output, classes):
        shapes = [("image", [1, 3, self.size, self.size]), (output, [1, classes])]
        values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes]
        graph = helper.make_graph(self.nodes, "net", values[:1], values[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        path.write_bytes(model.SerializeToString())


class Keras(Network):
    """Writes a network as Keras 2 does: a Functional model, channels last."""

    def __init__(self, size):
        super().__init__(size)
        self.layers, self.stored = [], {}
        self.input = self.layer("InputLayer", [], batch_input_shape=[None, size, size, 3])

    def layer(self, kind, inputs, stored={}, **config):
        name = self.name(kind)
        self.stored[name] = stored
        inbound = [[[x, 0, 0, {}] for x in inputs]] if inputs else []
        self.layers.append(
            {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": inbound}
        )
        return name

    def conv(self, x, fan_in, fan_out, kernel, stride=1, bias=True):
        stored = {"kernel": weights(kernel, kernel, fan_in, fan_out)}
        stored |= {"bias": numpy.zeros(fan_out, "f4")} if bias else {}
        return self.layer(
            "Conv2D", [x], stored, filters=fan_out, kernel_size=[kernel] * 2, strides=[stride] * 2,
            padding="same", use_bias=bias, activation="linear", data_format="channels_last",
            dilation_rate=[1, 1],
        )

    def norm(self, x, channels):
        values = {"gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1}
        stored = {name: numpy.full(channels, value, "f4") for name, value in values.items()}
        return self.layer(
            "BatchNormalization", [x], stored, axis=[3], epsilon=1e-5, center=True, scale=True
        )

    def relu(self, x):
        return self.layer("Activation", [x], activation="relu")

    def pool(self, x, kernel, stride):
        return self.layer(
            "MaxPooling2D", [x], pool_size=[kernel] * 2, strides=[stride] * 2, padding="same",
            data_format="channels_last",
        )

    def add(self, x, y):
        return self.layer("Add", [x, y])

    def mean(self, x):
        return self.layer("GlobalAveragePooling2D", [x], data_format="channels_last")

    def flatten(self, x):
        return self.layer("Flatten", [x], data_format="channels_last")

    def dense(self, x, fan_in, fan_out):
        stored = {"kernel": weights(fan_in, fan_out), "bias": numpy.zeros(fan_out, "f4")}
        return self.layer("Dense", [x], stored, units=fan_out, use_bias=True, activation="linear")

    def save(self, path, output, classes):
        ends = {"input_layers": [[self.input, 0, 0]], "output_layers": [[output, 0, 0]]}
        config = {"class_name": "Functional", "config": {"name": "net", "layers": self.layers, **ends}}
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config)
            file.attrs["keras_version"], file.attrs["backend"] = "2.4.0", "tensorflow"
            group = file.create_group("model_weights")
            for layer, stored in self.stored.items():
                own = group.create_group(layer)
                names = [f"{layer}/{name}:0" for name in stored]
                own.attrs["weight_names"] = numpy.array([n.encode() for n in names] or [], "S64")
                for name, values in zip(names, stored.values()):
                    own[name] = values


def vgg16(net):
    x, channels, size = net.input, 3, 224
    for step in VGG16:
        if step == "P":
            x, size = net.pool(x, 2, 2), size // 2
        else:
            x, channels = net.relu(net.conv(x, channels, step, 3)), step
    x = net.flatten(x)
    x = net.relu(net.dense(x, channels * size * size, 4096))
    x = net.relu(net.dense(x, 4096, 4096))
    return net.dense(x, 4096, 1000)


def resnet50(net):
    x = net.relu(net.norm(net.conv(net.input, 3, 64, 7, 2, bias=False), 64))
    x, channels = net.pool(x, 3, 2), 64
    for width, blocks, stride in RESNET50:
        for block in range(blocks):
            step = stride if block == 0 else 1
            y = net.relu(net.norm(net.conv(x, channels, width, 1, bias=False), width))
            y = net.relu(net.norm(net.conv(y, width, width, 3, step, bias=False), width))
            y = net.norm(net.conv(y, width, 4 * width, 1, bias=False), 4 * width)
            if block == 0:
                x = net.norm(net.conv(x, channels, 4 * width, 1, step, bias=False), 4 * width)
            x, channels = net.relu(net.add(x, y)), 4 * width
    x = net.mean(x)
    x = net.flatten(x) if isinstance(net, Onnx) else x
    return net.dense(x, channels, 1000)


def tiny(net):
    return net.dense(net.flatten(net.pool(net.input, 2, 2)), 3 * 112 * 112, 1)


def measure(command):
    """Seconds and the largest memory of a process, in MB: the quickest of three runs."""
    runs = []
    for _ in range(3):
        program = (
            "import resource, subprocess, sys, time; start = time.perf_counter();"
            "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
            "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, command)], check=True, capture_output=True, text=True
        )
        runs.append(tuple(map(float, done.stdout.split())))
    return min(run[0] for run in runs), max(run[1] for run in runs) * 1024 / 1e6


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    print("| file | MB | read, s | import, s | memory, MB | over the base, per byte of the file |")
    print("|---|---|---|---|---|---|")
    base = {}
    for builder in (tiny, vgg16, resnet50):
        for suffix, kind in (("h5", Keras), ("onnx", Onnx)):
            path = folder / f"{builder.__name__}.{suffix}"
            if not path.exists():
                net = kind(224)
                net.save(path, builder(net), 1 if builder is tiny else 1000)
            size = path.stat().st_size / 1e6
            read, _ = measure(["cat", path])
            seconds, memory = measure([SPIKEC, "inspect", path])
            base.setdefault(suffix, memory)
            factor = "-" if builder is tiny else f"{(memory - base[suffix]) / size:.2f}"
            print(
                f"| {path.name} | {size:.1f} | {read:.2f} | {seconds:.2f} | {memory:.0f} | {factor} |",
                flush=True,
            )


main(pathlib.Path(sys.argv[1]))
