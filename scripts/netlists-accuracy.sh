#!/usr/bin/env bash
# Prints what networks are worth on each target, as its profile has them and as a plain export of the generic network
# (--naive-export): the table of docs/netlists.md.
# Usage: scripts/netlists-accuracy.sh [IMAGES] [FOLDER]: 1000 images and ../shared by default; NETWORKS="vgg_mini ...",
# TARGETS="norse ..." and TIMESTEPS="32 64 128" for a part.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly images=${1:-1000} shared=${2:-../shared}
readonly spikec=${SPIKEC:-.build/release/spikec}
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# The accuracy by one set of options.
accuracy() {
  "$spikec" evaluate "$@" --limit "$images" --schedule pipelined --json "$work/found.json" > /dev/null 2> "$work/log" ||
    { grep error "$work/log" >&2; return 1; }
  python3 -c 'import json, sys
print("%.1f" % json.load(open(sys.argv[1]))["evaluation"][0]["accuracy"])' "$work/found.json"
}

while read -r name model data options; do
  [[ -n ${NETWORKS-} && " $NETWORKS " != *" $name "* ]] && continue
  for timesteps in ${TIMESTEPS:-32 64 128}; do
    for target in ${TARGETS:-nir sinabs norse snntorch spikingjelly}; do
      # shellcheck disable=SC2206
      common=("$shared/models/$model" --calibrate "$shared/data/${data}_calibration.npz"
        --data "$shared/data/${data}_test.npz" $options --target "$target" --timesteps "$timesteps")
      ours=$(accuracy "${common[@]}")
      plain=$(accuracy "${common[@]}" --naive-export)
      cnn=$(python3 -c 'import json, sys; print("%.1f" % json.load(open(sys.argv[1]))["cnn_accuracy"])' "$work/found.json")
      echo "| $name | $target | $timesteps | $images | $cnn | $ours | $plain |" | tee -a "$work/rows"
      python3 scripts/table_rows.py docs/netlists.md "scripts/netlists-accuracy.sh" 3 < "$work/rows"
    done
  done
done << 'EON'
vgg_mini vgg_mini_cifar10.h5 cifar10 --scale 255
resnet8 cifar_resnet8_mlperf_tf240.h5 cifar10 --scale 1
mnist_max_pool mnist_cnn_keras122.h5 mnist --scale 255 --replace-max-pool
EON
