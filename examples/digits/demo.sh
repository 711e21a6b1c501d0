#!/usr/bin/env bash
# From a trained CNN to spiking C and back to numbers: the tour of README.md. Usage: demo.sh [OUTPUT_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly spikec=.build/release/spikec
readonly digits=examples/digits
readonly output=${1:-out/digits}

step() {
  printf '\n$ %s\n' "$*"
  "$@"
}

step "$spikec" compile "$digits/digits.h5" --calibrate "$digits/digits_train.npz" --scale 16 \
  --timesteps 32 -o "$output"
step make --no-print-directory -C "$output"
step "$output/digits_main" "$digits/digits_test.npz"
step "$spikec" evaluate "$digits/digits.h5" --calibrate "$digits/digits_train.npz" --scale 16 \
  --data "$digits/digits_test.npz" --timesteps 8,16,32,64
