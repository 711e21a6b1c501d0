#!/usr/bin/env bash
# Compiles networks for a Cortex-M4, runs them in QEMU and compares their predictions with this machine's.
# Usage: run.sh [OUTPUT_FOLDER [NETWORK...]]; the networks are digits, the bundled example, and mnist, which needs
# ../shared; both by default.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly here=examples/microcontroller
readonly spikec=${SPIKEC-.build/release/spikec}
readonly output=${1:-out/microcontroller}
readonly networks=${*:2}
readonly shared=../shared
readonly cpu=(-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
readonly flags=(-std=gnu99 -Os -Wall -Wextra -Werror -ffunction-sections -fdata-sections)

# Prints the bytes of flash and RAM: sections of the linked program.
sizes() {
  arm-none-eabi-size -A "$1" | awk '
    $1 == ".text" || $1 == ".ARM.exidx" { flash += $2 }
    $1 == ".data" { flash += $2; ram += $2 }
    $1 == ".bss" { ram += $2 }
    END { printf "flash %d bytes, RAM %d bytes and the stack\n", flash, ram }'
}

# One network: NAME SCHEDULE IMAGES DATA, then the options of spikec compile.
run() {
  local name=$1 schedule=$2 images=$3 data=$4 folder=$output/$1-$2
  shift 4
  printf '\n%s, %s\n' "$name" "$schedule"
  "$spikec" compile "$@" --schedule "$schedule" --name net -o "$folder" > "$folder.log" 2>&1
  make --no-print-directory -s -C "$folder" net_main
  python3 "$here/images.py" "$data" "$images" > "$folder/images.c"
  arm-none-eabi-gcc "${cpu[@]}" "${flags[@]}" -I "$folder" -nostartfiles -Wl,--gc-sections \
    -T "$here/board.ld" -o "$folder/net.elf" \
    "$here/firmware.c" "$folder/images.c" "$folder/net.c" "$folder/net_weights.c" -lm
  if arm-none-eabi-nm "$folder/net.elf" | grep -E ' (_?malloc(_r)?|_?sbrk(_r)?|_?calloc(_r)?)$'; then
    echo "error: the program has a heap" >&2
    return 1
  fi
  sizes "$folder/net.elf"
  timeout 300 qemu-system-arm -M mps2-an386 -icount shift=0 -display none -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$folder/net.elf" 2>&1 |
    tee "$folder/device.txt" | grep -v '^image '
  "$folder/net_main" "$data" --limit "$images" --print |
    sed -n 's/^image *\([0-9]*\) *predicted *\([0-9]*\).*/image \1 predicted \2/p' > "$folder/host.txt"
  [[ $(wc -l < "$folder/host.txt") -eq $images ]]
  diff <(grep '^image ' "$folder/device.txt") "$folder/host.txt" > "$folder/difference.txt" || {
    echo "error: predictions differ; see $folder/difference.txt" >&2
    return 1
  }
  echo "$images predictions, equal to this machine's"
}

digits() {
  local data=examples/digits
  run digits "$1" 100 "$data/digits_test.npz" \
    "$data/digits.h5" --calibrate "$data/digits_train.npz" --scale 16 --timesteps 16
}

mnist() {
  [[ -d $shared/models ]] || return 0
  run mnist "$1" 20 "$shared/data/mnist_test.npz" "$shared/models/mnist_avgpool_tiny_keras224.h5" \
    --calibrate "$shared/data/mnist_calibration.npz" --scale 255 --timesteps 16
}

main() {
  local network schedule
  scripts/install-dependencies.sh microcontroller
  mkdir -p "$output"
  for network in ${networks:-digits mnist}; do
    for schedule in layerwise pipelined; do
      "$network" "$schedule"
    done
  done
}

main
