"""Makes models with recorded outputs of ONNX's own conformance tests.

A test gives every tensor as an input. A spiking network has weights, so each test becomes up to two
models: `network`, in which the first input stays and the others become weights, and `constant`, in
which all become weights and the result is added to an input of zeros.
"""

import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPERATORS = """
Add AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv
DequantizeLinear Div Dropout Elu Equal Exp Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool
GlobalMaxPool HardSigmoid HardSwish Identity LeakyRelu LogSoftmax MatMul Max MaxPool Mean Min Mul Neg
PRelu Pad QuantizeLinear Range ReduceMax ReduceMean Relu Reshape Selu Shape Sigmoid Size Slice Softmax
Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where
""".split()
NUMBERS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT32,
           TensorProto.INT64, TensorProto.UINT8, TensorProto.INT8, TensorProto.BOOL}


def read(path, kind):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    if kind.type.WhichOneof("value") != "tensor_type":
        return None
    tensor.name = kind.name
    return tensor


def write(folder, name, model, x, outputs):
    onnx.save(model, folder / f"{name}.onnx")
    arrays = {"y" if i == 0 else f"y{i}": y.astype(numpy.float32) for i, y in enumerate(outputs)}
    numpy.savez(folder / f"{name}.npz", x=x.astype(numpy.float32), **arrays)


def network(model, tensors):
    """The first input stays, the others become weights."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    del result.graph.input[1:]
    result.graph.initializer.extend(tensors[1:])
    return result


def constant(model, tensors, output):
    """All inputs become weights; zeros of the output's shape are the input."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    graph.initializer.extend(tensors)
    del graph.input[:], graph.output[:]
    graph.node.append(helper.make_node("Cast", [model.graph.output[0].name], ["_f"], to=1))
    graph.node.append(helper.make_node("Add", ["_zeros", "_f"], ["_y"]))
    for name, values in [("_zeros", graph.input), ("_y", graph.output)]:
        values.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, output.shape))
    return result


def main(target):
    target.mkdir(parents=True)
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data/node"
    for folder in sorted(data.iterdir()):
        model = onnx.load(folder / "model.onnx")
        nodes = model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in OPERATORS or nodes[0].domain:
            continue
        sets = folder / "test_data_set_0"
        tensors = [read(sets / f"input_{i}.pb", v) for i, v in enumerate(model.graph.input)]
        outputs = [read(sets / f"output_{i}.pb", v) for i, v in enumerate(model.graph.output)]
        if None in tensors + outputs or any(t.data_type not in NUMBERS for t in tensors + outputs):
            continue
        outputs = [numpy_helper.to_array(t) for t in outputs]
        name = f"{nodes[0].op_type}.{folder.name.removeprefix('test_')}"
        if tensors:
            x = numpy_helper.to_array(tensors[0])
            write(target, f"{name}.network", network(model, tensors), x, outputs)
        if outputs[0].size:
            zeros = numpy.zeros(outputs[0].shape)
            write(target, f"{name}.constant", constant(model, tensors, outputs[0]), zeros, outputs[:1])


main(pathlib.Path(sys.argv[1]))
