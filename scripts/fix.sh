#!/usr/bin/env bash
# Rewrites what a tool can rewrite; afterwards `make check` finds no drift.
set -euo pipefail
cd "$(dirname "$0")/.."

# The same build as everything else uses: another choice of packages would build anew.
cargo build --locked --quiet --workspace --bins
target/debug/generate-frames
cargo fmt --all
# Into a file beside it first: a failure must not leave half a description, nor pass unseen.
trap 'rm -f node/openapi.json.new' EXIT
cargo build --locked --quiet --workspace --bins
target/debug/baton openapi >node/openapi.json.new
mv node/openapi.json.new node/openapi.json
npm --prefix web run --silent gen
npm --prefix web run --silent fix
scripts/build-web.sh
