#!/usr/bin/env bash
# Damages every model of ../shared/models, cut off at 50 places and with up to 8 random bytes changed 500 times, and
# imports each: none may crash, take 10 s or more, or make the process take 1 GiB. Prints what became of them.
set -euo pipefail
cd "$(dirname "$0")/.."
export SPIKEC_DAMAGED_FILES=$PWD/.build/damaged-files.txt
rm -f "$SPIKEC_DAMAGED_FILES"
swift test -c release -Xswiftc -enable-testing --filter /damagedFilesNeverTrap >.build/damaged-files.log 2>&1 || status=$?
sort "$SPIKEC_DAMAGED_FILES"
awk '{ cuts += $2; flips += $6; refused += $9 } END {
  printf "%d models: %d cut files, all refused; %d flipped files, %d refused, %d imported\n",
    NR, cuts, flips, refused, flips - refused }' FS='[ ;]+' "$SPIKEC_DAMAGED_FILES"
tail -n 1 .build/damaged-files.log
exit "${status:-0}"
