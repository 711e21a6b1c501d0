"""Writes one Keras network in all formats, and what it gives for some inputs. Run by hand:

    python3 -m venv .venv && .venv/bin/pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0
    .venv/bin/python Tests/Fixtures/onnx/make_keras.py

`separable.h5`, `separable.keras` and, by tf2onnx, `separable_tf2onnx.onnx` hold the same weights; `separable.npz` the
inputs `x` and outputs `y`.
"""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

FOLDER = Path(__file__).resolve().parent


def network():
    """Padding that TensorFlow puts on one side, a separable convolution, both poolings, a residual."""
    l = keras.layers
    image = keras.Input((9, 9, 2), name="image")
    x = l.Conv2D(6, 3, strides=2, padding="same", name="stem")(image)
    x = short = l.ReLU(name="stem_relu")(x)
    x = l.SeparableConv2D(6, 3, padding="same", name="separable")(x)
    x = l.Add(name="add")([x, short])
    x = l.Activation("relu", name="add_relu")(x)
    x = l.MaxPooling2D(2, name="largest")(x)
    x = l.Conv2D(8, 2, activation="relu", name="last")(x)
    x = l.Dropout(0.5, name="drop")(x)
    x = l.Flatten(name="flat")(x)
    x = l.Dense(12, activation="relu", name="hidden")(x)
    return keras.Model(image, l.Dense(4, name="classes")(x), name="net")


def main():
    generator = np.random.default_rng(1)
    model = network()
    model.set_weights(
        [
            generator.normal(0, (2 / max(1, np.prod(w.shape[:-1]))) ** 0.5, w.shape).astype("f4")
            if w.ndim > 1
            else generator.normal(0, 0.2, w.shape).astype("f4")
            for w in model.get_weights()
        ]
    )
    model.save(FOLDER / "separable.h5", include_optimizer=False)
    model.save(FOLDER / "separable.keras")
    signature = [tf.TensorSpec((None, 9, 9, 2), tf.float32, name="image")]
    function = tf.function(lambda image: model(image, training=False), input_signature=signature)
    result, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=15)
    onnx.save(result, FOLDER / "separable_tf2onnx.onnx")
    x = generator.random((64, 9, 9, 2), dtype="f4")
    np.savez_compressed(FOLDER / "separable.npz", x=x, y=model.predict(x, verbose=0))


if __name__ == "__main__":
    main()
