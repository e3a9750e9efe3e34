#!/usr/bin/env bash
# Fuzzes every target for a while. Usage: fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/../tests"

cargo fuzz --version >/dev/null 2>&1 || {
  echo "fuzz: cargo-fuzz is missing: cargo install --locked cargo-fuzz" >&2
  exit 1
}
# The sanitiser needs a nightly switch of the compiler; stable accepts it under this name.
export RUSTC_BOOTSTRAP=1
for target in $(cargo fuzz list); do
  echo "── $target"
  cargo fuzz run "$target" -- -max_total_time="$1" -rss_limit_mb=4096
done
