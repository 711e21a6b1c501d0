#!/usr/bin/env bash
# Shows that NIR files give the interpreter's spikes in the libraries that they are made for: emits public networks for
# each target, loads them by the library's own loader without any patch (and those for target nir by python/spikec_nir),
# and counts outputs that differ from `spikec run --trace`. Installs the libraries' PyPI releases into .venv/netlists.
# Puts what it counted into docs/netlists.md.
# Usage: scripts/netlists.sh [IMAGES] [FOLDER]: 200 images and ../shared by default; NETWORKS="vgg_mini ...",
# TARGETS="sinabs ..." and READOUTS="spikes membrane" for a part.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly images=${1:-200} shared=${2:-../shared}
readonly spikec=${SPIKEC:-.build/release/spikec} timesteps=${TIMESTEPS:-32}
readonly venv=${NETLISTS_VENV:-.venv/netlists}
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# sinabs pins nir 1.0.4, the others want 1.0.8: one environment, and the older two packages in front for sinabs.
install() {
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
  python sinabs -W ignore -c 'import sinabs' 2> /dev/null &&
    python norse -W ignore -c 'import norse, snntorch, spikingjelly, nir' 2> /dev/null && return
  "$venv/bin/pip" install --quiet torch numpy h5py snntorch==1.0.0 norse==1.1.0 spikingjelly==2.0.0
  "$venv/bin/pip" install --quiet --no-deps sinabs==3.1.3
  "$venv/bin/pip" install --quiet pbr pyyaml nir==1.0.8 nirtorch==2.6
  rm -rf "$venv/sinabs"
  "$venv/bin/pip" install --quiet --no-deps --target "$venv/sinabs" nir==1.0.4 nirtorch==2.0.2
}

python() {
  local path=python/spikec_nir
  [[ $1 == sinabs ]] && path=$venv/sinabs:$path
  shift
  PYTHONPATH=$path OMP_NUM_THREADS=2 "$venv/bin/python" "$@"
}

# name, model, data, options. Which scales neurons with a hard reset get changes nothing here: they need not be searched.
networks() {
  cat << EON
vgg_mini vgg_mini_cifar10.h5 cifar10 --scale 255 --headroom 1
resnet8 cifar_resnet8_mlperf_tf240.h5 cifar10 --scale 1 --headroom 1
mnist_max_pool mnist_cnn_keras122.h5 mnist --scale 255 --replace-max-pool --headroom 2
EON
}

# The libraries that read the files of a target.
libraries() {
  if [[ $1 == nir ]]; then echo sinabs norse snntorch spikingjelly; else echo "$1"; fi
}

# One network for one target and read-out, in all libraries that read it.
check() {
  local name=$1 data=$2 target=$3 readout=$4 mode=plain library
  shift 4
  [[ $target == nir ]] && mode=loader
  if ! "$spikec" compile "$@" --target "$target" --readout "$readout" --timesteps "$timesteps" --emit ir \
    -o "$work/net.spk" > /dev/null 2> "$work/log"; then
    echo "$target $name, $readout: not compiled: $(grep error "$work/log")"
    return 1
  fi
  local made=("$work/net.spk" --target "$target" --timesteps "$timesteps") failed=0
  "$spikec" compile "${made[@]}" --emit nir -o "$work/net.nir" > /dev/null 2>&1
  "$spikec" run "${made[@]}" --stage spiking --input "$shared/data/${data}_test.npz" --limit "$images" --trace \
    -o "$work/expected.npz" > /dev/null 2>&1
  for library in $(libraries "$target"); do
    python "$library" -W ignore scripts/netlists.py "$library" $mode "$name" "$readout" "$work/net.nir" \
      "$shared/data/${data}_test.npz" "$work/expected.npz" "$images" | tee -a "$work/rows" || failed=1
  done
  return $failed
}

install
failures=0
while read -r name model data options; do
  [[ -n ${NETWORKS-} && " $NETWORKS " != *" $name "* ]] && continue
  for target in ${TARGETS:-sinabs norse snntorch spikingjelly nir}; do
    for readout in ${READOUTS:-spikes membrane}; do
      # shellcheck disable=SC2086
      check "$name" "$data" "$target" "$readout" "$shared/models/$model" \
        --calibrate "$shared/data/${data}_calibration.npz" $options || failures=$((failures + 1))
    done
  done
done < <(networks)
python3 scripts/table_rows.py docs/netlists.md "scripts/netlists.sh" 6 < "$work/rows"
echo "$failures compilations with differences"
exit $((failures > 0))
