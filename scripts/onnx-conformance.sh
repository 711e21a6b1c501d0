#!/usr/bin/env bash
# Runs ONNX's own conformance tests of the operators that spikec reads, through the importer and the
# analog executor, and prints a counted table. Needs python3 and, the first time, the network.
# With the argument `prepare` it only makes the models, which `swift test` then finds and runs.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/.build/onnx-conformance
script=$root/scripts/onnx_conformance_cases.py

if [[ ! -x $folder/venv/bin/python ]]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet 'onnx==1.19.1' numpy
fi
if ! cmp -s "$script" "$folder/cases/made-by"; then
  rm -rf "$folder/cases"
  "$folder/venv/bin/python" "$script" "$folder/cases"
  cp "$script" "$folder/cases/made-by"
fi
[[ ${1-} != prepare ]] || exit 0

cd "$root"
rm -f "$folder/cases/table.txt"
swift test -c release -Xswiftc -enable-testing --filter OnnxConformanceTests >"$folder/log" 2>&1 ||
  status=$?
if [[ -f $folder/cases/table.txt ]]; then cat "$folder/cases/table.txt"; else tail -n 40 "$folder/log"; fi
exit "${status:-0}"
