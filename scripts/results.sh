#!/usr/bin/env bash
# Prints the tables of docs/results.md. Needs the public networks and data in a folder (../shared by default) and about
# a quarter of an hour on 2 cores. Usage: scripts/results.sh [FOLDER] > docs/results.md
set -euo pipefail
cd "$(dirname "$0")/.."
readonly shared=${1:-../shared}
readonly spikec=.build/release/spikec
readonly cifar=(--calibrate "$shared/data/cifar10_calibration.npz" --data "$shared/data/cifar10_test.npz")
readonly mnist=(--calibrate "$shared/data/mnist_calibration.npz" --data "$shared/data/mnist_test.npz")
readonly mini=("$shared/models/vgg_mini_cifar10.h5" "${cifar[@]}" --scale 255)

# One table: a heading, the command as a user would type it, and what it prints.
table() {
  local heading=$1
  shift
  printf '\n## %s\n\n```\n$ spikec %s\n' "$heading" "${*//$shared/..\/shared}"
  "$spikec" "$@" 2> /dev/null
  printf '```\n'
}

cat << 'TEXT'
# Results

Made by `scripts/results.sh > docs/results.md`. Calibration on 1,000 training images; weights of 8 bits unless the command
says otherwise. Energy is estimated from counted operations: 4.6 pJ a multiply-accumulate, 0.9 pJ a synaptic operation
(45 nm, Horowitz 2014). A direct input's products count as multiply-accumulates, once an image. One image of 1,000 is a
tenth of a point, and a loss on 1,000 images has a standard error of some tenths: small differences are chance. What each
technique is worth, and what was tried in vain, is told in [accuracy.md](accuracy.md).
TEXT

table "VGG-mini on CIFAR-10, layerwise" evaluate "${mini[@]}" --schedule layerwise --timesteps 4,8,16,32
table "VGG-mini on CIFAR-10, pipelined" evaluate "${mini[@]}" --schedule pipelined --timesteps 8,16,32
table "VGG-mini with scales by percentile, which need no fitting to T" evaluate "${mini[@]}" --normalize percentile \
  --schedule both --timesteps 8,16,32,64,128,256
table "VGG-mini with weights of 4 bits" evaluate "${mini[@]}" --timesteps 32 --weight-bits 4
table "VGG-mini for the least energy" evaluate "${mini[@]}" --preset lowest-energy --timesteps 4,8
table "VGG-mini in the fewest timesteps: up to four neurons for an element" evaluate "${mini[@]}" \
  --preset fewest-timesteps --schedule both --timesteps 2,4,8
table "VGG-mini with two neurons for an element" evaluate "${mini[@]}" --split-neurons auto --schedule both --timesteps 4,8
table "VGG-mini as the ECC paper converts it" evaluate "${mini[@]}" --preset ecc --limit 1000 --timesteps 16,64,256
table "What each technique of ECC is worth" evaluate "${mini[@]}" --limit 1000 --ablation --timesteps 16,64,256
table "As SpKeras runs it" evaluate "${mini[@]}" --limit 1000 --precision float --normalize max --per-layer \
  --spiking-pool --input rate --readout spikes --timesteps 16,64,256
table "VGG-16 on CIFAR-10" evaluate "$shared/models/vgg16_cifar10.h5" "${cifar[@]}" --scale 255 --limit 1000 \
  --timesteps 4,8,256
table "VGG-16 in the fewest timesteps" evaluate \
  "$shared/models/vgg16_cifar10.h5" "${cifar[@]}" --scale 255 --limit 1000 --preset fewest-timesteps --timesteps 8
table "VGG-16, pipelined" evaluate "$shared/models/vgg16_cifar10.h5" "${cifar[@]}" --scale 255 --limit 1000 \
  --schedule pipelined --timesteps 32

while read -r model scale limit; do
  data=("${mnist[@]}")
  [[ $model == cifar* ]] && data=("${cifar[@]}")
  table "$model" evaluate "$shared/models/$model" "${data[@]}" --scale "$scale" --limit "$limit" --schedule both \
    --timesteps 8,16
done << 'TEXT'
cifar_resnet8_mlperf_tf240.h5 1 1000
cifar_cnn_tf215_b.h5 255 1000
cifar_bn_cf_theano_keras204.h5 255 500
mnist_cnn_keras122.h5 255 2000
mnist_cnn_act_keras215.h5 255 2000
mnist_cnn_logits_tf224.h5 255 2000
mnist_cnn_keras231.h5 255 2000
mnist_cnn_keras311.h5 255 2000
mnist_avgpool_tiny_keras224.h5 255 2000
mnist_gap_tf280.h5 255 2000
mnist_same_tf280.h5 255 2000
mnist_depthwise_tf280.h5 255 2000
mnist_resnet_tfoplambda_tf2100.h5 255 2000
TEXT
