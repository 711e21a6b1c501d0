#!/usr/bin/env bash
# Writes the network of examples/digits as SONATA, runs it by BMTK's PointNet in NEST, and counts the spikes that
# differ from the interpreter's. Needs python3 (3.11, for which PyPI has NEST) and a release build.
# Usage: scripts/sonata.sh [--stimuli N] [--timesteps T]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.build/sonata-venv
if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet nest-simulator==3.10.0 bmtk==1.2.0 libsonata
fi
cd "$root"
exec "$venv/bin/python" scripts/sonata.py "$@"
