#!/bin/sh
# Measures the emitted C beside its peers on this machine; writes docs/benchmarks.{json,svg,md}.
# Options are those of benchmark.py. The peers live in a Python environment of their own.
set -e
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh bench
environment=.build/bench/python
stamp=$environment/$(cksum < Benchmarks/requirements.txt | tr ' ' -)
if [ ! -e "$stamp" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --requirement Benchmarks/requirements.txt
  touch "$stamp"
fi
# Everything on one thread, also what the peers' libraries would start by themselves.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=3
exec "$environment/bin/python" Benchmarks/benchmark.py "$@"
