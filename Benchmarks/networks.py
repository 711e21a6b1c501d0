"""The VGG networks of the benchmark as lists of layers, from Keras' files, batch norm folded: what
the peers that read no Keras files are given."""

import dataclasses
import json
import pathlib

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclasses.dataclass
class Layer:
    """`weight` is [out, in, rows, columns] or [out, in]. A rectification follows every convolution."""

    kind: str  # "conv", "pool" (average, 2x2) or "dense"
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None


def read(path: pathlib.Path) -> list[Layer]:
    """The layers, for images [N, C, H, W] in 0 to 1. The dense layer takes them flattened so."""
    layers: list[Layer] = []
    with h5py.File(path) as file:
        for entry in json.loads(file.attrs["model_config"])["config"]["layers"]:
            kind, config = entry["class_name"], entry["config"]
            group = file["model_weights"].get(config["name"])
            arrays = [group[name][()] for name in group.attrs["weight_names"]] if group else []
            if kind == "Conv2D":
                layers.append(Layer("conv", arrays[0].transpose(3, 2, 0, 1), arrays[1]))
            elif kind == "BatchNormalization":
                fold(layers[-1], *arrays, config["epsilon"])
            elif kind == "AveragePooling2D":
                layers.append(Layer("pool"))
            elif kind == "Dense":
                channels = next(x for x in layers[::-1] if x.kind == "conv").weight.shape[0]
                side = int((len(arrays[0]) // channels) ** 0.5)
                kernel = arrays[0].reshape(side, side, channels, -1).transpose(3, 2, 0, 1)
                layers.append(Layer("dense", kernel.reshape(len(kernel), -1), arrays[1]))
            elif kind not in ("InputLayer", "Activation", "Flatten", "Dropout"):
                raise ValueError(f"{path}: no {kind} was expected")
    return layers


def fold(layer: Layer, gamma, beta, mean, variance, epsilon: float) -> None:
    factor = gamma / np.sqrt(variance + epsilon)
    layer.weight = layer.weight * factor[:, None, None, None]
    layer.bias = (layer.bias - mean) * factor + beta


def multiply_accumulates(layers: list[Layer], side: int = 32) -> int:
    total = 0
    for layer in layers:
        if layer.kind == "pool":
            side //= 2
        else:
            total += layer.weight.size * (side * side if layer.kind == "conv" else 1)
    return total


def write_onnx(layers: list[Layer], path: pathlib.Path) -> None:
    """As exporters write such networks: channels first, any batch size."""
    nodes, tensors, value = [], [], "x"

    def add(kind: str, inputs: list[str], **attributes) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    for i, layer in enumerate(layers):
        if layer.kind == "pool":
            value = add("AveragePool", [value], kernel_shape=[2, 2], strides=[2, 2])
            continue
        for name, array in [("w", layer.weight), ("b", layer.bias)]:
            tensors.append(numpy_helper.from_array(array.astype(np.float32), f"{name}{i}"))
        if layer.kind == "conv":
            value = add("Conv", [value, f"w{i}", f"b{i}"], kernel_shape=[3, 3], pads=[1] * 4)
            value = add("Relu", [value])
        else:
            value = add("Flatten", [value])
            value = add("Gemm", [value, f"w{i}", f"b{i}"], transB=1)
    graph = helper.make_graph(
        nodes, "vgg",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 32, 32])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["N", len(layers[-1].bias)])],
        tensors,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
