#!/usr/bin/env bash
# Rewrites what a tool can rewrite; afterwards `make check` finds no drift.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --locked --quiet -p tests --bin generate-frames
cargo fmt --all
# Into a file beside it first: a failure must not leave half a description, nor pass unseen.
trap 'rm -f node/openapi.json.new' EXIT
cargo run --locked --quiet -p node --bin baton -- openapi >node/openapi.json.new
mv node/openapi.json.new node/openapi.json
npm --prefix web run --silent gen
npm --prefix web run --silent fix
scripts/build-web.sh
