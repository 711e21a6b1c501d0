"""More networks of this folder: activations, input layers, structure, number types, and what must be refused."""

import numpy as np
from models import classify, fixture, image, rectified


def small(k, *hidden, shape=(6, 6, 2)):
    """Convolution without activation, the layers in question, dense softmax."""
    l = k.layers
    return k.Sequential([
        image(k, shape),
        l.Conv2D(3, 3, name="conv"), *hidden,
        l.Flatten(name="flat"), l.Dense(3, activation="softmax", name="class"),
    ])  # fmt: skip


# Activations


@fixture("k2", "k3")
def relu_clipped(k):
    """ReLU with max_value 1.5, then 6."""
    l = k.layers
    return small(
        k, l.ReLU(max_value=1.5, name="clip"), l.Conv2D(3, 3, name="conv2"), l.ReLU(6.0, name="relu6")
    )


@fixture("k2", "k3")
def activation_relu6(k):
    """Activation("relu6"), and relu6 as a layer's own activation (Keras 3 and 2 name it differently)."""
    l, relu6 = k.layers, "relu6" if hasattr(k, "ops") else k.activations.get("relu6")
    return small(k, l.Activation(relu6, name="act"), l.Conv2D(3, 3, activation=relu6, name="conv2"))


@fixture("k2", "k3", refused="signed values, unless the target carries signed spikes")
def relu_options(k):
    """ReLU with negative_slope 0.1."""
    return small(k, k.layers.ReLU(negative_slope=0.1, name="relu"))


@fixture("k2", refused="has a jump: no rate code")
def relu_threshold(k):
    """ReLU with threshold 0.2 (0 below it, the value itself above)."""
    return small(k, k.layers.ReLU(threshold=0.2, name="relu"))


@fixture("k2", "k3", refused="signed values, unless the target carries signed spikes")
def leaky_relu(k):
    """LeakyReLU with alpha 0.2 (Keras 2) or negative_slope 0.2 (Keras 3)."""
    return small(k, k.layers.LeakyReLU(0.2, name="leaky"))


@fixture("k3")
def sigmoid_output(k):
    """One sigmoid unit as output, behind its own Activation layer."""
    l = k.layers
    i = image(k)
    x = l.Dense(1, name="score")(l.Flatten(name="flat")(rectified(k, i, name="conv")))
    return k.Model(i, l.Activation("sigmoid", name="probability")(x))


@fixture("k3", refused="hidden swish (Keras 3 stores silu)")
def hidden_swish(k):
    """A hidden swish."""
    return small(k, k.layers.Activation("swish", name="swish"))


@fixture("k2", refused="hidden tanh")
def hidden_tanh(k):
    """A convolution whose own activation is tanh."""
    return small(k, k.layers.Conv2D(3, 3, activation="tanh", name="tanh_conv"))


@fixture("k3")
def no_ops(k):
    """Layers that do nothing at inference: dropouts, noises, ActivityRegularization, linear activation."""
    l = k.layers
    return small(
        k, l.Dropout(0.2, name="d1"), l.SpatialDropout2D(0.2, name="d2"), l.ReLU(name="relu"),
        l.GaussianNoise(0.1, name="n1"), l.GaussianDropout(0.1, name="n2"), l.AlphaDropout(0.1, name="n3"),
        l.ActivityRegularization(l2=0.01, name="reg"), l.Activation("linear", name="linear"),
    )  # fmt: skip


@fixture("k2", "k3")
def augmentation(k):
    """RandomFlip, RandomRotation, RandomZoom and RandomTranslation in front: they act in training only."""
    l = k.layers
    return k.Sequential([
        image(k),
        l.RandomFlip("horizontal", name="flip"), l.RandomRotation(0.1, name="rotate"),
        l.RandomZoom(0.1, name="zoom"), l.RandomTranslation(0.1, 0.1, name="move"),
        l.Conv2D(3, 3, activation="relu", name="conv"), l.Flatten(name="flat"), l.Dense(3, name="class"),
    ])  # fmt: skip


# Input layers; inputs of these lie in 0..255


@fixture("k2")
def rescaling(k):
    """Rescaling by 1/127.5 with offset -1 (input 0..255), then a padded convolution."""
    l = k.layers
    i = image(k)
    x = l.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(i)
    return k.Model(i, classify(k, rectified(k, x, padding="same", name="conv")))


@fixture("k2", "k3")
def normalization(k):
    """Normalization adapted to three channels (input 0..255), then a padded convolution."""
    i = image(k, (6, 6, 3))
    layer = k.layers.Normalization(name="normalize")
    scale, centre = np.array([30, 50, 70]), np.array([90, 120, 140])
    data = np.random.default_rng(7).normal(centre, scale, (64, 6, 6, 3)).astype("float32")
    layer.adapt(data)
    return k.Model(i, classify(k, rectified(k, layer(i), padding="same", name="conv")))


@fixture("k3")
def normalization_given(k):
    """Normalization whose mean and variance stand in the configuration, not among the weights (input 0..255)."""
    i = image(k, (6, 6, 3))
    x = k.layers.Normalization(mean=[90, 120, 140], variance=[900, 2500, 4900], name="normalize")(i)
    return k.Model(i, classify(k, rectified(k, x, name="conv")))


# Structure


@fixture("k2", "k3")
def nested(k):
    """A Sequential inside a Functional model, and a Functional one inside that, with batch normalisation."""
    l = k.layers
    inner_input = k.Input((6, 6, 3), name="inner_input")
    y = rectified(k, inner_input, padding="same", name="inner_conv")
    inner = k.Model(inner_input, l.Add(name="add")([inner_input, y]), name="inner")
    body = k.Sequential(
        [
            k.Input((6, 6, 2), name="body_input"),
            l.Conv2D(3, 3, padding="same", name="conv"), l.BatchNormalization(name="bn"), l.ReLU(name="relu"),
            inner,
        ],
        name="body",
    )  # fmt: skip
    i = image(k)
    return k.Model(i, classify(k, body(i)))


@fixture("k2")
def shared_layer(k):
    """One convolution applied twice, in a row, and its weights therefore used by two nodes."""
    i = image(k, (6, 6, 3))
    conv = k.layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")
    return k.Model(i, classify(k, conv(conv(i))))


@fixture("k2", "k3")
def two_outputs(k):
    """Two outputs: class (softmax of 3) and side (linear, 2), from one convolution."""
    l = k.layers
    i = image(k)
    x = l.Flatten(name="flat")(rectified(k, i, name="conv"))
    return k.Model(i, [l.Dense(3, activation="softmax", name="class")(x), l.Dense(2, name="side")(x)])


@fixture("k3", refused="two inputs")
def two_inputs(k):
    """Two input images."""
    images = [k.Input((6, 6, 2), name=name) for name in ("left", "right")]
    return k.Model(images, classify(k, k.layers.Concatenate(name="join")(images)))


@fixture("k3")
def operation_nodes(k):
    """Operations written as functions: a + b, keras.ops.relu, keras.ops.reshape.
    They carry no layer class; Keras 3 writes them to .h5 but cannot read them back."""
    i = image(k)
    a, b = (k.layers.Conv2D(3, 3, name=name)(i) for name in "ab")
    x = k.ops.reshape(k.ops.relu(a + b), (-1, 48))
    return k.Model(i, k.layers.Dense(3, name="class")(x))


# Channels first. `flatten` takes the channels last as it pleases the framework that saved it.


def channels_first_pair(k, flatten_format):
    """The model that is saved, and one that gives the same outputs on processors that cannot run it."""
    l = k.layers

    def build(image_format):
        first = image_format == "channels_first"
        common = {"data_format": image_format}
        i = k.Input((2, 8, 8), name="image")
        x = i if first else l.Permute((2, 3, 1), name="to_last")(i)
        x = l.Conv2D(4, 3, name="conv", **common)(x)
        x = l.BatchNormalization(axis=1 if first else -1, name="bn")(x)
        x = l.MaxPooling2D(2, name="pool", **common)(l.ReLU(name="relu")(x))
        x = x if first else l.Permute((3, 1, 2), name="to_first")(x)
        x = l.Flatten(data_format=flatten_format, name="flat")(x)
        return k.Model(i, l.Dense(3, activation="softmax", name="class")(x))

    return build("channels_first"), build("channels_last")


@fixture("k2", "k3")
def channels_first(k):
    """channels_first convolution, batch normalisation on axis 1, max-pool, Flatten (channels_first)."""
    return channels_first_pair(k, "channels_first")


@fixture("k2", "k3")
def channels_first_plain_flatten(k):
    """The same with a Flatten that does not know of channels_first: values stay in channel, row, column order."""
    return channels_first_pair(k, "channels_last")


# Number types


@fixture("k3")
def float64_weights(k):
    """All weights stored as 64-bit floats."""
    k.backend.set_floatx("float64")
    try:
        return small(k, k.layers.ReLU(name="relu"))
    finally:
        k.backend.set_floatx("float32")


# Refused


@fixture("k2", "k3", refused="contains Python code")
def lambda_layer(k):
    """A Lambda layer."""
    double = lambda x: x * 2
    # The file holds the compiled code, which would otherwise name this script's folder.
    double.__code__ = double.__code__.replace(co_filename="structures.py")
    return small(k, k.layers.Lambda(double, name="double"))


@fixture("k2", refused="recurrent")
def lstm(k):
    """An LSTM."""
    l = k.layers
    return k.Sequential([k.Input((6, 2), name="sequence"), l.LSTM(3, name="lstm"), l.Dense(3, name="class")])


@fixture("k2", refused="layer not supported")
def up_sampling(k):
    """UpSampling2D."""
    return small(k, k.layers.ReLU(name="relu"), k.layers.UpSampling2D(2, name="up"))


@fixture("k3", refused="layer not supported")
def conv_transpose(k):
    """Conv2DTranspose."""
    return small(k, k.layers.Conv2DTranspose(3, 3, activation="relu", name="up"))


@fixture("k3", refused="layer not supported")
def layer_normalization(k):
    """LayerNormalization, whose statistics depend on the input."""
    return small(k, k.layers.LayerNormalization(name="ln"), k.layers.ReLU(name="relu"))
