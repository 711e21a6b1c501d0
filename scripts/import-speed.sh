#!/usr/bin/env bash
# Makes VGG-16 and ResNet-50 with random weights (1.3 GB under .build) and measures how they import: the table of
# docs/importing.md. Needs python3, a release build and, the first time, the network.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.build/import-speed/venv
if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'onnx==1.19.1' h5py numpy
fi
exec "$venv/bin/python" scripts/large_models.py .build/import-speed
