"""The counts of SpKeras (https://github.com/Dengyu-Wu/spkeras) in tf_keras: layerwise, so closed forms at
any T. As SpKeras: the input is ⌊x·T⌋ spikes, weights are normalised by the largest activation,
populations stand behind poolings too, membranes start from half a threshold, the output's counts
are compared."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

from contender import Contender  # noqa: E402
from networks import Layer  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def fire(timesteps: int) -> tf_keras.layers.Layer:
    return tf_keras.layers.Lambda(
        lambda x: tf.clip_by_value(tf.floor(x + 0.5), 0, timesteps), name=None
    )


def build(layers: list[Layer], timesteps: int) -> tf_keras.Model:
    """`layers` have thresholds of 1."""
    parts = [
        tf_keras.Input((32, 32, 3)), tf_keras.layers.Lambda(lambda x: tf.floor(x * timesteps)),
    ]  # fmt: skip
    weights = []
    for layer in layers:
        if layer.kind == "pool":
            parts.append(tf_keras.layers.AveragePooling2D(2))
        elif layer.kind == "conv":
            parts.append(tf_keras.layers.Conv2D(len(layer.bias), 3, padding="same"))
            weights += [layer.weight.transpose(2, 3, 1, 0), layer.bias * timesteps]
        else:
            # Flattened in Keras' order of rows, columns, channels.
            channels = next(x for x in layers[::-1] if x.kind == "conv").weight.shape[0]
            kernel = layer.weight.reshape(len(layer.weight), channels, -1)
            kernel = kernel.transpose(2, 1, 0).reshape(-1, len(layer.weight))
            parts += [tf_keras.layers.Flatten(), tf_keras.layers.Dense(len(layer.bias))]
            weights += [kernel, layer.bias * timesteps]
        parts.append(fire(timesteps))
    model = tf_keras.Sequential(parts)
    model.set_weights(weights)
    return model


def prepare(images: np.ndarray) -> tf.Tensor:
    return tf.constant(images.astype(np.float32) / 255)


def contender(network: str, layers: list[Layer], timesteps: int) -> Contender:
    model = build(layers, timesteps)
    compiled = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
    return Contender(
        "SpKeras' counts in tf_keras", network, "snn",
        f"tf_keras {tf_keras.__version__}, tensorflow {tf.__version__}", timesteps, (1, 64), prepare,
        lambda images: compiled(images).numpy(),
    )  # fmt: skip
