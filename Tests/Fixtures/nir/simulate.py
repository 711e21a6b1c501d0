"""A plain simulation of NIR files in numpy, as NIR defines its nodes: forward Euler, reset to v_reset
where v > v_threshold, membranes that start at 0, sums where several edges meet. IF integrates r·I per
timestep; the time constants of the others are compared with a timestep of 1e-4 s."""

import h5py
import numpy as np

DT = 1e-4


def text(value):
    return value.decode() if isinstance(value, bytes) else value


class Network:
    def __init__(self, path):
        self.nodes, self.edges = {}, []
        with h5py.File(path) as file:
            self._read(file["node"], "")
        self.input_shape = next(
            tuple(n["shape"]) for k, n in self.nodes.items() if n["type"] == "Input" and not self._into(k))
        self.order = self._sorted()

    def _into(self, name):
        return [a for a, b in self.edges if b == name]

    def _read(self, group, prefix):
        graphs = {}
        for name, node in group["nodes"].items():
            kind = text(node["type"][()])
            if kind == "NIRGraph":
                graphs[prefix + name] = self._read(node, f"{prefix}{name}.")
            else:
                self.nodes[prefix + name] = {k: v[()] for k, v in node.items() if k != "metadata"}
                self.nodes[prefix + name]["type"] = kind
        for a, b in group["edges"][()]:
            a, b = prefix + text(a), prefix + text(b)
            edge = (f"{a}.output" if a in graphs else a, f"{b}.input" if b in graphs else b)
            if edge not in self.edges:
                self.edges.append(edge)

    def _sorted(self):
        order = []
        while len(order) < len(self.nodes):
            ready = [k for k in self.nodes if k not in order and all(a in order for a in self._into(k))]
            order += ready
        return order

    def run(self, x, steps):
        """Spikes of each node that has some, [samples, steps, ...]."""
        records = {}
        for sample in x:
            state, past = {}, {}
            for step in range(steps):
                values = {}
                for name in self.order:
                    given = self._into(name)
                    value = sum(values[a] for a in given) if given else sample.astype(np.float64)
                    values[name] = self._step(name, value, state, past)
                for name, node in self.nodes.items():
                    if node["type"] in ("IF", "LIF"):
                        records.setdefault(name, []).append(values[name].astype(np.uint8))
        return {
            name: np.stack(list_).reshape(len(x), steps, *list_[0].shape)
            for name, list_ in records.items()
        }

    def _step(self, name, x, state, past):
        node = self.nodes[name]
        kind = node["type"]
        if kind in ("Input", "Output"):
            return x
        if kind in ("Affine", "Linear"):
            return node["weight"].astype(np.float64) @ x.reshape(-1) + node.get("bias", 0.0)
        if kind == "Scale":
            return x * node["scale"]
        if kind == "Flatten":
            start, end = int(node["start_dim"]), int(node["end_dim"]) % x.ndim
            return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])
        if kind in ("SumPool2d", "AvgPool2d"):
            return pool(x, node, kind == "AvgPool2d")
        if kind == "Conv2d":
            return convolve(x, node)
        if kind == "Conv1d":
            flat = dict(node, weight=node["weight"][:, :, None, :])
            for key, fill in (("stride", 1), ("padding", 0), ("dilation", 1)):
                value = text(node[key])
                flat[key] = value if isinstance(value, str) else np.array([fill, np.ravel(value)[0]])
            return convolve(x[:, None, :], flat)[:, 0, :]
        if kind == "Delay":
            queue = past.setdefault(name, [])
            queue.append(x)
            steps = int(round(float(np.ravel(node["delay"])[0]) / DT))
            return queue[-1 - steps] if len(queue) > steps else np.zeros_like(x)
        v = state.get(name, np.zeros(x.shape))
        if kind == "IF":
            v = v + node["r"].astype(np.float64) * x
        else:
            tau, r = node["tau"].astype(np.float64), node["r"].astype(np.float64)
            decay = np.float32(1 - DT / tau).astype(np.float64)
            gain = np.float32(r * DT / tau).astype(np.float64)
            v = decay * v + gain * x + np.float32((1 - decay) * node["v_leak"])
        fires = v > node["v_threshold"].astype(np.float64)
        state[name] = np.where(fires, node.get("v_reset", 0.0), v)
        return fires.astype(np.float64)


def pair(value):
    value = np.ravel(value)
    return (int(value[0]), int(value[-1]))


def convolve(x, node):
    weight = node["weight"].astype(np.float64)
    (sy, sx), (dy, dx) = pair(node["stride"]), pair(node["dilation"])
    outputs, width, ky, kx = weight.shape
    padding = text(node["padding"])
    if isinstance(padding, str) and padding == "same":
        totals = ((ky - 1) * dy, (kx - 1) * dx)
        margins = [(t // 2, t - t // 2) for t in totals]
    else:
        margins = [(0, 0)] * 2 if isinstance(padding, str) else [(p, p) for p in pair(padding)]
    x = np.pad(x, [(0, 0)] + margins)
    height = (x.shape[1] - (ky - 1) * dy - 1) // sy + 1
    columns = (x.shape[2] - (kx - 1) * dx - 1) // sx + 1
    groups = int(np.ravel(node["groups"])[0])
    result = np.zeros((outputs, height, columns))
    for o in range(outputs):
        first = o // (outputs // groups) * width
        for y in range(height):
            for z in range(columns):
                window = x[first : first + width, y * sy :, z * sx :][:, : (ky - 1) * dy + 1 : dy, : (kx - 1) * dx + 1 : dx]
                result[o, y, z] = np.sum(weight[o] * window) + node["bias"][o]
    return result


def pool(x, node, averages):
    (ky, kx), (sy, sx), (py, px) = pair(node["kernel_size"]), pair(node["stride"]), pair(node["padding"])
    x = np.pad(x, [(0, 0), (py, py), (px, px)])
    height, columns = (x.shape[1] - ky) // sy + 1, (x.shape[2] - kx) // sx + 1
    result = np.zeros((x.shape[0], height, columns))
    for y in range(height):
        for z in range(columns):
            result[:, y, z] = x[:, y * sy : y * sy + ky, z * sx : z * sx + kx].sum((1, 2))
    return result / (ky * kx) if averages else result
