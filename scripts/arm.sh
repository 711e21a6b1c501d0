#!/usr/bin/env bash
# Builds emitted networks for 64-bit Arm, runs them in QEMU and compares every spike with this machine's: the digits example, and
# a VGG on CIFAR-10 where ../shared is there. Usage: scripts/arm.sh [OUTPUT_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly spikec=${SPIKEC-.build/release/spikec}
readonly output=${1:-out/arm}
readonly shared=../shared

# One network: NAME SCHEDULE IMAGES DATA.npz, then the options of spikec compile.
compare() {
  local name=$1 schedule=$2 images=$3 data=$4 folder=$output/$1-$2 options
  shift 4
  "$spikec" compile "$@" --schedule "$schedule" --name net -o "$folder" > "$folder.log" 2>&1
  # The cross compiler has no zlib to unpack an archive with.
  python3 -m zipfile -e "$data" "$folder/data"
  make --no-print-directory -s -C "$folder" clean net_main
  "$folder/net_main" "$folder/data/x.npy" --limit "$images" --trace "$folder/host.trace" > "$folder/host.txt"
  for options in -DSPIKEC_NO_SIMD -march=armv8-a -march=armv8.2-a+dotprod; do
    make --no-print-directory -s -C "$folder" clean net_main OPENMP=0 ZLIB=no \
      CC=aarch64-linux-gnu-gcc CFLAGS="-O2 -static $options"
    qemu-aarch64 -cpu max "$folder/net_main" "$folder/data/x.npy" --limit "$images" \
      --trace "$folder/arm.trace" > "$folder/arm.txt"
    cmp "$folder/host.trace" "$folder/arm.trace"
    printf '%s, %s, %s: %d bytes of spikes of %d images, equal to this machine'"'"'s\n' \
      "$name" "$schedule" "$options" "$(wc -c < "$folder/arm.trace")" "$images"
  done
}

main() {
  local schedule
  scripts/install-dependencies.sh arm
  mkdir -p "$output"
  for schedule in layerwise pipelined; do
    compare digits "$schedule" 20 examples/digits/digits_test.npz examples/digits/digits.h5 \
      --calibrate examples/digits/digits_train.npz --scale 16 --timesteps 16
    if [[ -d $shared/models ]]; then
      compare vgg_mini "$schedule" 2 "$shared/data/cifar10_test.npz" "$shared/models/vgg_mini_cifar10.h5" \
        --calibrate "$shared/data/cifar10_calibration.npz" --scale 255 --timesteps 16
    fi
  done
}

main
