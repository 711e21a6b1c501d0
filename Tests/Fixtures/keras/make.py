"""Writes the .h5 files of this folder, a reference .npz beside each, and README.md. Run by hand:

    python3 -m venv .venv && .venv/bin/pip install -r Tests/Fixtures/keras/requirements.txt
    .venv/bin/python Tests/Fixtures/keras/make.py [NAME ...]

`k2_` files are saved by tf_keras (Keras 2), `k3_` files by Keras 3, none with an optimizer. Weights are random
with a seed that depends on the file's name. A reference holds `x` (three inputs) and `y` (what the saving
framework predicts), `y1` for a second output and `x1` for a second input. HDF5's newer group layout keeps them small.
"""

import os
import sys
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
import tf_keras

import models
import structures  # registers more builders

FOLDER = Path(__file__).resolve().parent
VERSIONS = {"k2": tf_keras, "k3": keras}
UNREADABLE = {"operation_nodes", "lambda_layer"}  # Keras 3 itself does not read these from .h5
GREY_VALUES = {"rescaling", "normalization", "normalization_given"}


def random_weight(generator, name, shape):
    """A value for one weight by its role; None where the layer has set it itself."""
    if name in ("mean", "variance", "count", "seed_generator_state"):
        return None
    if name == "gamma":  # some are negative: the sign moves through the ReLU that follows
        return generator.uniform(0.5, 1.5, shape) * generator.choice([1, 1, 1, -1], shape)
    if name == "moving_variance":
        return generator.uniform(0.3, 1.5, shape)
    if name in ("beta", "bias", "moving_mean"):
        return generator.normal(0, 0.2, shape)
    return generator.normal(0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape)


def fill_weights(model, generator):
    values = []
    for variable, old in zip(model.weights, model.get_weights()):
        name = variable.name.split("/")[-1].split(":")[0]
        new = random_weight(generator, name, old.shape)
        values.append(old if new is None else np.asarray(new, old.dtype))
    model.set_weights(values)


def repack(path):
    """Rewrites a file in HDF5's newer group layout, which halves it; names, attributes and data stay."""

    def copy(old, new):
        for key in old.attrs:
            new.attrs.create(key, old.attrs[key], dtype=old.attrs.get_id(key).dtype)
        if isinstance(old, h5py.Group):
            for key, child in old.items():
                if isinstance(child, h5py.Group):
                    properties = timeless(h5py.h5p.GROUP_CREATE)
                    group = h5py.h5g.create(new.id, key.encode(), gcpl=properties)
                    copy(child, h5py.Group(group))
                else:
                    copy(child, new.create_dataset(key, data=child[()]))

    def timeless(kind):
        """Properties of objects that do not record when they were made, so that a second run repeats the first."""
        properties = h5py.h5p.create(kind)
        properties.set_obj_track_times(False)
        return properties

    original = path.rename(path.with_suffix(".original"))
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    file = h5py.h5f.create(
        bytes(path), h5py.h5f.ACC_TRUNC, fcpl=timeless(h5py.h5p.FILE_CREATE), fapl=access
    )
    with h5py.File(original) as old, h5py.File(file) as new:
        copy(old, new)
    original.unlink()


def predict(model, inputs):
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def check(k, path, inputs, outputs):
    """The file, read back, predicts what the model in memory did."""
    again = predict(k.models.load_model(path, compile=False), inputs)
    for one, other in zip(outputs, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=path.name)
        assert np.isfinite(one).all() and np.ptp(one) > 1e-3, path.name


def save(k, version, name, generator):
    """Builds, fills and saves one model, with its reference."""
    builder, _, _ = models.BUILDERS[name]
    k.backend.clear_session()
    built = builder(k)
    model, runnable = built if isinstance(built, tuple) else (built, built)
    fill_weights(model, generator)
    if runnable is not model:
        runnable.set_weights(model.get_weights())
    largest = 255 if name in GREY_VALUES else 1
    inputs = [
        (largest * generator.uniform(0, 1, (3, *tensor.shape[1:]))).astype(np.float32)
        for tensor in model.inputs
    ]
    outputs = predict(runnable, inputs)
    path = FOLDER / f"{version}_{name}.h5"
    model.save(path, include_optimizer=False)
    repack(path)
    if runnable is model and name not in UNREADABLE:
        check(k, path, inputs, outputs)
    np.savez_compressed(
        path.with_suffix(".npz"), **numbered("x", inputs), **numbered("y", outputs)
    )


def numbered(letter, arrays):
    return {f"{letter}{index or ''}": array for index, array in enumerate(arrays)}


def save_damaged(generator):
    """Files without a usable model. Returns the lines of README.md for them."""
    plain = structures.small(keras, keras.layers.ReLU(name="relu"))
    old = structures.small(tf_keras, tf_keras.layers.ReLU(name="relu"))
    fill_weights(plain, generator)
    fill_weights(old, generator)
    old.save_weights(str(FOLDER / "k2_weights_only.h5"))
    plain.save_weights(FOLDER / "k3_weights_only.weights.h5")

    config_only = FOLDER / "k2_config_only.h5"
    with h5py.File(config_only, "w") as file:
        file.attrs["keras_version"] = tf_keras.__version__
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = old.to_json()

    values = old.get_weights()
    values[0][0, 0, 0, 0] = np.nan
    old.set_weights(values)
    old.save(FOLDER / "k2_nan_weight.h5", include_optimizer=False)
    values = plain.get_weights()
    values[-1][0] = np.inf
    plain.set_weights(values)
    plain.save(FOLDER / "k3_infinite_weight.h5", include_optimizer=False)
    files = {
        "k2_weights_only.h5": "Weights without a model, as save_weights of Keras 2 writes them.",
        "k3_weights_only.weights.h5": "Weights without a model, as save_weights of Keras 3 writes them.",
        "k2_config_only.h5": "A model configuration without weights.",
        "k2_nan_weight.h5": "One weight of the first convolution (`conv`) is NaN.",
        "k3_infinite_weight.h5": "One bias of the last layer (`class`) is infinite.",
    }
    for file in files:
        repack(FOLDER / file)
    return files


def write_readme(damaged):
    rows = []
    for name, (builder, versions, refused) in models.BUILDERS.items():
        what = " ".join(builder.__doc__.split())
        files = ", ".join(f"`{version}_{name}.h5`" for version in sorted(versions))
        rows.append(f"| {files} | {what} | {f'no: {refused}' if refused else 'yes'} |")
    rows += [f"| `{file}` | {what} | refused on import |" for file, what in damaged.items()]
    text = __doc__.split("\n\n")
    (FOLDER / "README.md").write_text(
        "# Small Keras models\n\n"
        "Written by `make.py` (this page too), from the networks in `models.py` and `structures.py`.\n\n"
        + text[2].strip()
        + "\n\n| file | what it covers | becomes an SNN |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def main():
    chosen = sys.argv[1:]
    for name, (_, versions, _) in models.BUILDERS.items():
        for version in versions:
            if not chosen or name in chosen:
                seed = zlib.crc32(f"{version}_{name}".encode())
                save(VERSIONS[version], version, name, np.random.default_rng(seed))
    write_readme(save_damaged(np.random.default_rng(1)))


if __name__ == "__main__":
    main()
