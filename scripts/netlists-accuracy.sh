#!/usr/bin/env bash
# Prints what networks are worth on each target, as its profile has them and as a plain export of the generic network
# (--naive-export): the table of docs/netlists.md.
# Usage: scripts/netlists-accuracy.sh [IMAGES] [FOLDER]: 1000 images and ../shared by default; NETWORKS="name ..." for a part.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly images=${1:-1000} shared=${2:-../shared}
readonly spikec=${SPIKEC:-.build/release/spikec}
json=$(mktemp)
readonly json
trap 'rm -f "$json"' EXIT

# The accuracies for T = 32, 64, 128 of one set of options, as cells of a table.
cells() {
  "$spikec" evaluate "$@" --limit "$images" --timesteps 32,64,128 --schedule pipelined --json "$json" > /dev/null 2>&1
  python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))["evaluation"]
print(" | ".join("%.1f" % row["accuracy"] for row in rows))' "$json"
}

echo "| network | target | T=32 | T=64 | T=128 | plain export: T=32 | T=64 | T=128 |"
echo "|---|---|---|---|---|---|---|---|"
while read -r name model data options; do
  [[ -n ${NETWORKS-} && " $NETWORKS " != *" $name "* ]] && continue
  for target in nir sinabs norse snntorch spikingjelly; do
    # shellcheck disable=SC2086
    common=("$shared/models/$model" --calibrate "$shared/data/${data}_calibration.npz"
      --data "$shared/data/${data}_test.npz" $options --target "$target")
    echo "| $name | $target | $(cells "${common[@]}") | $(cells "${common[@]}" --naive-export) |"
  done
done << 'EON'
vgg_mini vgg_mini_cifar10.h5 cifar10 --scale 255
resnet8 cifar_resnet8_mlperf_tf240.h5 cifar10 --scale 1
mnist_max_pool mnist_cnn_keras122.h5 mnist --scale 255 --replace-max-pool
EON
