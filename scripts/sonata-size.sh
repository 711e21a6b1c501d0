#!/usr/bin/env bash
# Measures what writing a network as SONATA takes: synapses, time, peak memory, size. Puts a row into docs/sonata.md.
# Usage: scripts/sonata-size.sh [FOLDER]: ../shared by default.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly shared=${1:-../shared}
readonly spikec=${SPIKEC:-.build/release/spikec}
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

common=("$shared/models/vgg_mini_cifar10.h5" --calibrate "$shared/data/cifar10_calibration.npz" --scale 255
  --target nest --input rate --timesteps 32 --headroom 1)
# Made integers first, so that what is measured is the writing.
"$spikec" compile "${common[@]}" --emit ir -o "$work/net.spk" > /dev/null 2>&1
command time -f '%M %e' -o "$work/usage" \
  "$spikec" compile "$work/net.spk" --target nest --timesteps 32 --emit sonata -o "$work/net" > /dev/null 2> "$work/log"
synapses=$(tr '\r' '\n' < "$work/log" | grep -o '^[0-9,]* synapses$' | tail -1 | cut -d' ' -f1)
read -r kib seconds < "$work/usage"
size=$(du -sm "$work/net" | cut -f1)
row="| vgg_mini | ${synapses:?none were counted} | $((kib / 1024)) MiB | $seconds s | $size MiB |"
echo "$row"
python3 scripts/table_rows.py docs/sonata.md scripts/sonata-size.sh 1 <<< "$row"
[[ $((kib / 1024)) -lt 1024 ]] || { echo "more than 1 GiB of memory" >&2; exit 1; }
