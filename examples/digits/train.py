"""Trains the example network on scikit-learn's digits and writes the files next to this script.

digits.h5         the trained network, one whole-model HDF5 file of Keras 3, without optimizer
digits_train.npz  x: uint8 [N, 8, 8, 1], grey values 0..16; y: uint8 [N]; calibrates the SNN
digits_test.npz   the same for the images that training never sees

The network is fed x / 16. With the pinned requirements a run on one machine repeats itself; on another
machine the weights may differ in their last digits.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 2103
LARGEST_GREY_VALUE = 16
FOLDER = Path(__file__).resolve().parent


def load_images():
    """The 1,797 scans as uint8 [N, 8, 8, 1], split 70 : 30 with equal shares of each digit."""
    digits = load_digits()
    x = digits.images.astype(np.uint8)[..., np.newaxis]
    y = digits.target.astype(np.uint8)
    assert x.max() == LARGEST_GREY_VALUE and np.array_equal(x[..., 0], digits.images)
    return train_test_split(x, y, test_size=0.3, stratify=y, random_state=SEED)


def convolution(filters, name):
    """Convolution, batch normalisation and ReLU. The normalisation has a bias, so the kernel needs none."""
    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{name}"),
        layers.BatchNormalization(name=f"bn{name}"),
        layers.ReLU(name=f"relu{name}"),
    ]


def build_network():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            *convolution(16, "1"),
            *convolution(32, "2"),
            layers.AveragePooling2D(2, name="pool2"),
            *convolution(48, "3"),
            layers.AveragePooling2D(2, name="pool3"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def shifted_batches(x, y, batch_size):
    """Endless shuffled batches in which every image is moved by up to one pixel each way."""
    generator = np.random.default_rng(SEED)
    while True:
        order = generator.permutation(len(x))
        for start in range(0, len(x) - batch_size + 1, batch_size):
            chosen = order[start : start + batch_size]
            padded = np.pad(x[chosen], ((0, 0), (1, 1), (1, 1), (0, 0)))
            row, column = generator.integers(0, 3, size=2)
            yield padded[:, row : row + 8, column : column + 8], y[chosen]


def train(model, x, y, epochs=80, batch_size=32):
    steps = len(x) // batch_size
    rate = keras.optimizers.schedules.CosineDecay(3e-3, decay_steps=epochs * steps)
    model.compile(
        keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    batches = shifted_batches(x, y, batch_size)
    model.fit(batches, steps_per_epoch=steps, epochs=epochs, verbose=2)


def main():
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    x_train, x_test, y_train, y_test = load_images()
    model = build_network()
    model.summary()
    train(model, (x_train / LARGEST_GREY_VALUE).astype(np.float32), y_train)

    accuracy = model.evaluate(x_test / LARGEST_GREY_VALUE, y_test, verbose=0)[1]
    print(f"accuracy on the {len(y_test)} test images: {100 * accuracy:.2f} %")
    model.save(FOLDER / "digits.h5", include_optimizer=False)
    np.savez_compressed(FOLDER / "digits_train.npz", x=x_train, y=y_train)
    np.savez_compressed(FOLDER / "digits_test.npz", x=x_test, y=y_test)


if __name__ == "__main__":
    main()
