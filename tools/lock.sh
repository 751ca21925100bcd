#!/bin/sh
# Lock the Python packages anew. The lock names no package index: any mirror serves, hashes decide.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
"$uv" lock "$@"
sed -i -E 's#https://[^/" ]+/(simple|packages)#https://index.invalid/\1#g' uv.lock
npm install --package-lock-only --silent
