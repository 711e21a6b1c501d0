"""Reads one of our NIR files by the package nir with its type check on, and our metadata. Usage: netlists_read.py FILE"""

import inspect
import sys
from importlib.metadata import version
from pathlib import Path

import nir
import spikec_nir


def main():
    path = sys.argv[1]
    # The older reader always checks.
    has_switch = "type_check" in inspect.signature(nir.read).parameters
    graph = nir.read(path, **({"type_check": True} if has_switch else {}))
    checked = graph.check_types() if hasattr(graph, "check_types") else None
    assert len(graph.nodes) > 3 and checked is not False
    metadata = spikec_nir.read_metadata(path)
    assert metadata.class_names == [f"digit {i}" for i in range(10)] and metadata.timesteps == 16
    found = getattr(nir, "__version__", None) or version("nir")
    print(f"{Path(path).name}: nir {found} reads {len(graph.nodes)} nodes, types checked")


if __name__ == "__main__":
    main()
