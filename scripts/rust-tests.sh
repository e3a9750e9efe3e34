#!/usr/bin/env bash
# Runs the Rust tests, with cargo-nextest where it is installed. Usage: rust-tests.sh unit|all
set -euo pipefail
cd "$(dirname "$0")/.."
# A failed test says what it saw; where in the harness it saw it helps nobody.
export RUST_BACKTRACE=0

if cargo nextest --version >/dev/null 2>&1; then
  case $1 in
    unit)
      cargo nextest run --locked --workspace --lib --bins
      cargo nextest run --locked --workspace --test tidy
      ;;
    all) cargo nextest run --locked --workspace --no-fail-fast ;;
  esac
else
  case $1 in
    unit)
      cargo test --locked --workspace --lib --bins
      cargo test --locked --workspace --test tidy
      ;;
    all) cargo test --locked --workspace --no-fail-fast ;;
  esac
fi
