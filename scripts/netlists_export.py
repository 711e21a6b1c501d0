"""Writes a network of Tests/Fixtures/nir/make.py by a library's own NIR exporter. Usage: netlists_export.py NETWORK FILE"""

import sys
from pathlib import Path

import nir

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Fixtures/nir"))
import make  # noqa: E402

nir.write(sys.argv[2], getattr(make, sys.argv[1])())
