#!/usr/bin/env bash
# Refuses licences and sources outside the list: our own test always, cargo-deny where installed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test --locked --quiet -p tests --test tidy licences
if cargo deny --version >/dev/null 2>&1; then
  cargo deny --offline --locked check bans licenses sources
else
  echo "licences: cargo-deny is not installed; the list was checked by our own test only"
fi
