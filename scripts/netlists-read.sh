#!/usr/bin/env bash
# Reads our NIR files by the package nir, 1.0.8 and 1.0.4, with its type check on, and lets spikec inspect and compile files
# that the exporters of snnTorch and sinabs write here and now.
# Usage: scripts/netlists-read.sh. Uses the libraries that scripts/netlists.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly spikec=${SPIKEC:-.build/release/spikec} venv=${NETLISTS_VENV:-.venv/netlists} digits=examples/digits
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
[[ -d $venv/sinabs ]] || { echo "run scripts/netlists.sh first: it installs the libraries" >&2; exit 1; }

printf 'digit %s\n' 0 1 2 3 4 5 6 7 8 9 > "$work/names.txt"
for target in nir sinabs norse snntorch spikingjelly; do
  "$spikec" compile $digits/digits.h5 --calibrate $digits/digits_train.npz --scale 16 --timesteps 16 --headroom 2 \
    --target $target --emit nir --class-names "$work/names.txt" -o "$work/$target.nir" > /dev/null 2>&1
  for older in "" "$venv/sinabs:"; do
    PYTHONPATH=${older}python/spikec_nir "$venv/bin/python" -W ignore scripts/netlists_read.py "$work/$target.nir"
  done
done

for network in snntorch_cnn sinabs_cnn; do
  path=""
  [[ $network == sinabs* ]] && path=$venv/sinabs
  PYTHONPATH=$path "$venv/bin/python" -W ignore scripts/netlists_export.py $network "$work/$network.nir"
  "$spikec" inspect "$work/$network.nir"
  "$spikec" compile "$work/$network.nir" --timesteps 16 -o "$work/$network" > /dev/null 2>&1
  make -s -C "$work/$network" > /dev/null
  echo "$network.nir: inspected, compiled to C, built"
done
