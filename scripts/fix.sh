#!/usr/bin/env bash
# Rewrites what a tool can rewrite; afterwards `make check` finds no drift.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --locked --quiet -p tests --bin generate-frames
cargo fmt --all
if cargo run --locked --quiet -p node --bin baton -- openapi >/tmp/openapi.$$ 2>/dev/null; then
  mv /tmp/openapi.$$ node/openapi.json
else
  rm -f /tmp/openapi.$$
fi
npm --prefix web run --silent gen
npm --prefix web run --silent fix
scripts/build-web.sh
