#!/usr/bin/env bash
# Makes the table of docs/corpus.md: what becomes of every model in a folder (../shared by default).
# Needs python3 and a release build.
# Usage: scripts/corpus.sh [--shared FOLDER] [--limit N] [MODEL ...] > docs/corpus.md
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.build/corpus-venv
if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy
fi
cd "$root"
exec "$venv/bin/python" scripts/corpus.py "$@"
