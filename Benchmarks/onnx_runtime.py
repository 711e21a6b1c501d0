"""The CNN itself in ONNX Runtime: fp32, and int8 by static quantisation (QDQ, per channel)."""

import pathlib

import numpy as np
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from contender import Contender


class Images(CalibrationDataReader):
    def __init__(self, name: str, images: np.ndarray):
        self.rows = iter([{name: row} for row in np.split(images, len(images) // 20)])

    def get_next(self):
        return next(self.rows, None)


def prepare(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2).astype(np.float32) / 255)


def quantize(model: pathlib.Path, calibration: np.ndarray, folder: pathlib.Path) -> pathlib.Path:
    """As ONNX Runtime's guide to quantisation has it for x86 with VNNI."""
    folder.mkdir(parents=True, exist_ok=True)
    prepared, result = folder / "prepared.onnx", folder / "int8.onnx"
    quant_pre_process(str(model), str(prepared))
    name = onnxruntime.InferenceSession(str(prepared)).get_inputs()[0].name
    quantize_static(
        str(prepared), str(result), Images(name, prepare(calibration)),
        quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip
    return result


def session(model: pathlib.Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])


def contender(network: str, model: pathlib.Path, precision: str) -> Contender:
    ready = session(model, 1)
    name = ready.get_inputs()[0].name
    return Contender(
        f"ONNX Runtime {precision}", network, "cnn", onnxruntime.__version__, None, (1, 64), prepare,
        lambda images: ready.run(None, {name: images})[0],
    )  # fmt: skip
