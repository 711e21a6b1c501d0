#!/usr/bin/env bash
# Generates the C reader of ONNX messages from Sources/COnnx/onnx.proto by protoc-c.
# Usage: scripts/generate-onnx.sh [FOLDER]; without a folder it rewrites the files in Sources/COnnx.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
source=$root/Sources/COnnx
folder=${1-}

command -v protoc-c >/dev/null || {
  echo "error: protoc-c was not found; scripts/install-dependencies.sh installs it" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protoc-c --proto_path="$source" --c_out="$work" onnx.proto
if [[ -n $folder ]]; then
  cp "$work/onnx.pb-c.c" "$work/onnx.pb-c.h" "$folder/"
else
  cp "$work/onnx.pb-c.c" "$source/onnx.pb-c.c"
  cp "$work/onnx.pb-c.h" "$source/include/onnx.pb-c.h"
fi
