"""The networks of this folder. Each function takes `keras` (Keras 3) or `tf_keras` (Keras 2) and returns an
untrained model; its docstring becomes the line of README.md, its decorator says which versions save it."""

BUILDERS = {}


def fixture(*versions, refused=""):
    """Registers a builder. `refused` says why no spiking network can be made of it, if none can."""

    def register(builder):
        BUILDERS[builder.__name__] = (builder, versions, refused)
        return builder

    return register


def image(k, shape=(6, 6, 2)):
    return k.Input(shape, name="image")


def classify(k, x, count=3):
    """The usual end of a network."""
    l = k.layers
    return l.Dense(count, activation="softmax", name="class")(l.Flatten(name="flat")(x))


def rectified(k, x, filters=3, **arguments):
    return k.layers.Conv2D(filters, 3, activation="relu", **arguments)(x)


# Batch normalisation and branches


@fixture("k3")
def dense_block(k):
    """Two blocks BN-ReLU-Conv, each concatenated to its input, then BN-ReLU, as in DenseNet."""
    l = k.layers
    i = image(k)
    x = l.Conv2D(3, 3, padding="same", use_bias=False, name="stem")(i)
    for block in ("a", "b"):
        y = l.ReLU(name=f"relu_{block}")(l.BatchNormalization(name=f"bn_{block}")(x))
        y = l.Conv2D(2, 3, padding="same", use_bias=False, name=f"conv_{block}")(y)
        x = l.Concatenate(name=f"join_{block}")([x, y])
    x = l.ReLU(name="relu_end")(l.BatchNormalization(name="bn_end")(x))
    return k.Model(i, classify(k, l.AveragePooling2D(2, name="pool")(x)))


@fixture("k2")
def pre_activation(k):
    """Residual addition of values that no ReLU has touched: x + Conv(ReLU(BN(x))), as in ResNet v2."""
    l = k.layers
    i = image(k)
    x = l.Conv2D(3, 3, padding="same", name="stem")(i)
    y = l.Activation("relu", name="relu1")(l.BatchNormalization(name="bn1")(x))
    x = l.Add(name="add")([x, l.Conv2D(3, 3, padding="same", name="conv1")(y)])
    x = l.Activation("relu", name="relu2")(l.BatchNormalization(name="bn2")(x))
    return k.Model(i, classify(k, l.GlobalAveragePooling2D(name="gap")(x)))


@fixture("k2")
def residual_projection(k):
    """A residual block of stride 2 whose short cut is a 1x1 convolution with batch normalisation."""
    l = k.layers
    i = image(k, (8, 8, 2))
    x = rectified(k, i, padding="same", name="stem")
    y = l.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv1")(x)
    y = l.ReLU(name="relu1")(l.BatchNormalization(name="bn1")(y))
    y = l.BatchNormalization(name="bn2")(l.Conv2D(4, 3, padding="same", name="conv2")(y))
    s = l.BatchNormalization(name="bn3")(l.Conv2D(4, 1, strides=2, name="short_cut")(x))
    x = l.ReLU(name="relu2")(l.Add(name="add")([y, s]))
    return k.Model(i, classify(k, x))


@fixture("k3")
def add_three(k):
    """Add of three tensors, one of them used twice."""
    l = k.layers
    i = image(k)
    a = rectified(k, i, padding="same", name="a")
    b = rectified(k, i, padding="same", name="b")
    return k.Model(i, classify(k, l.Add(name="add")([a, b, a])))


def merge(k, layer):
    i = image(k)
    branches = [rectified(k, i, name=name) for name in "ab"]
    return k.Model(i, classify(k, getattr(k.layers, layer)(name="merge")(branches)))


@fixture("k2")
def merge_average(k):
    """Average of two tensors."""
    return merge(k, "Average")


@fixture("k3", refused="signed values, unless they are folded into the dense layer")
def merge_subtract(k):
    """Subtract of two tensors, followed by a dense layer."""
    return merge(k, "Subtract")


@fixture("k2", refused="a product of two spike trains is no spike train")
def merge_multiply(k):
    """Multiply of two tensors."""
    return merge(k, "Multiply")


@fixture("k3", refused="needs a maximum over branches")
def merge_maximum(k):
    """Maximum of two tensors."""
    return merge(k, "Maximum")


@fixture("k2")
def bn_without_scale_center(k):
    """BatchNormalization without gamma, without beta, without both; epsilon 0.01."""
    l = k.layers
    return k.Sequential([
        image(k),
        l.Conv2D(3, 3, name="conv1"), l.BatchNormalization(scale=False, name="bn1"), l.ReLU(name="r1"),
        l.Conv2D(3, 3, name="conv2"), l.BatchNormalization(center=False, name="bn2"), l.ReLU(name="r2"),
        l.Flatten(name="flat"),
        l.Dense(4, name="dense"),
        l.BatchNormalization(scale=False, center=False, epsilon=0.01, name="bn3"), l.ReLU(name="r3"),
        l.Dense(3, name="class"),
    ])  # fmt: skip


@fixture("k3")
def bn_before_conv_after_relu(k):
    """BatchNormalization on the input before a padded convolution, then after ReLU before a convolution."""
    l = k.layers
    return k.Sequential([
        image(k),
        l.BatchNormalization(name="bn0"),
        l.Conv2D(3, 3, padding="same", activation="relu", name="conv1"), l.BatchNormalization(name="bn1"),
        l.Conv2D(3, 3, activation="relu", name="conv2"), l.BatchNormalization(name="bn2"),
        l.Flatten(name="flat"), l.Dense(3, activation="softmax", name="class"),
    ])  # fmt: skip


# Convolutions and padding


@fixture("k3")
def conv_padding_stride(k):
    """Strides 2 and [2, 1] with padding same on even and odd sizes, oblong kernels."""
    l = k.layers
    i = image(k, (8, 7, 2))
    x = l.Conv2D(3, 3, strides=2, padding="same", activation="relu", name="conv1")(i)
    x = l.Conv2D(3, (2, 3), strides=(2, 1), padding="same", activation="relu", name="conv2")(x)
    return k.Model(i, classify(k, x))


@fixture("k2")
def zero_padding_asymmetric(k):
    """ZeroPadding2D by [[1, 0], [2, 1]], by [1, 2] and by 1."""
    l = k.layers
    x = i = image(k)
    for index, padding in enumerate([((1, 0), (2, 1)), (1, 2), 1]):
        x = l.ZeroPadding2D(padding, name=f"pad{index}")(x)
        x = rectified(k, x, name=f"conv{index}")
    return k.Model(i, classify(k, x))


@fixture("k3")
def conv_dilated(k):
    """Conv2D with dilation 2, valid, and [1, 2], same."""
    i = image(k, (8, 8, 2))
    x = rectified(k, i, dilation_rate=2, name="conv1")
    return k.Model(i, classify(k, rectified(k, x, dilation_rate=(1, 2), padding="same", name="conv2")))


@fixture("k3")
def conv_grouped(k):
    """Conv2D with 2 groups."""
    i = image(k, (6, 6, 4))
    return k.Model(i, classify(k, rectified(k, i, filters=6, groups=2, name="conv")))


@fixture("k2")
def depthwise_multiplier(k):
    """DepthwiseConv2D with depth_multiplier 2 and stride 2, then a 1x1 convolution."""
    l = k.layers
    i = image(k, (6, 6, 3))
    x = l.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, name="dw")(i)
    x = l.ReLU(max_value=6.0, name="relu6")(l.BatchNormalization(name="bn")(x))
    return k.Model(i, classify(k, l.Conv2D(3, 1, activation="relu", name="pw")(x)))


@fixture("k2", "k3")
def separable(k):
    """SeparableConv2D, plain and with depth_multiplier 2 and no bias."""
    l = k.layers
    i = image(k, (6, 6, 2))
    x = l.SeparableConv2D(3, 3, padding="same", activation="relu", name="sep1")(i)
    x = l.SeparableConv2D(4, 3, depth_multiplier=2, use_bias=False, activation="relu", name="sep2")(x)
    return k.Model(i, classify(k, x))


@fixture("k2", "k3")
def conv1d(k):
    """Conv1D (same, causal, dilated), ZeroPadding1D, Max-, Average- and GlobalAveragePooling1D."""
    l = k.layers
    return k.Sequential([
        image(k, (24, 2)),
        l.ZeroPadding1D((1, 2), name="pad"),
        l.Conv1D(3, 3, activation="relu", name="conv1"), l.MaxPooling1D(2, name="max"),
        l.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu", name="conv2"),
        l.AveragePooling1D(2, name="average"),
        l.Conv1D(4, 3, padding="same", strides=2, name="conv3"), l.BatchNormalization(name="bn"),
        l.ReLU(name="relu"), l.GlobalAveragePooling1D(name="gap"), l.Dense(3, name="class"),
    ])  # fmt: skip


# Pooling


@fixture("k2")
def pooling_same(k):
    """AveragePooling2D and MaxPooling2D with padding same: 3x3 by stride 2 on 7x7, 2x2 by stride 2 on 4x4."""
    l = k.layers
    x = i = image(k, (7, 7, 2))
    x = l.AveragePooling2D(3, strides=2, padding="same", name="average")(rectified(k, x, padding="same", name="conv1"))
    x = rectified(k, x, padding="same", name="conv2")
    x = l.MaxPooling2D(3, strides=2, padding="same", name="max")(x)
    return k.Model(i, classify(k, x))


@fixture("k3")
def global_max(k):
    """GlobalMaxPooling2D."""
    i = image(k)
    x = k.layers.GlobalMaxPooling2D(name="gmp")(rectified(k, i, name="conv"))
    return k.Model(i, k.layers.Dense(3, name="class")(x))


@fixture("k2", "k3")
def global_keepdims(k):
    """GlobalAveragePooling2D that keeps its dimensions, a 1x1 convolution as classifier, Reshape, Softmax."""
    l = k.layers
    i = image(k)
    x = l.GlobalAveragePooling2D(keepdims=True, name="gap")(rectified(k, i, name="conv"))
    x = l.Reshape((3,), name="reshape")(l.Conv2D(3, 1, name="class")(x))
    return k.Model(i, l.Softmax(name="softmax")(x))


# Shapes


@fixture("k2")
def reshape_permute_dense(k):
    """Reshape with -1, Permute, then a dense layer on the flattened result."""
    l = k.layers
    i = k.Input((72,), name="image")
    x = rectified(k, l.Reshape((6, 6, -1), name="square")(i), name="conv")
    x = l.Permute((3, 1, 2), name="permute")(x)
    return k.Model(i, classify(k, x))


@fixture("k3")
def dense_on_map(k):
    """A dense layer on an image: it acts on the last axis, like a 1x1 convolution."""
    l = k.layers
    i = image(k)
    x = l.Dense(4, activation="relu", name="dense")(rectified(k, i, name="conv"))
    return k.Model(i, classify(k, x))
