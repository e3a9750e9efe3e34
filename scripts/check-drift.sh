#!/usr/bin/env bash
# Regenerates the page's frames, API types and bundle in a copy and compares with what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# Files git knows or would add: a working tree is checked as it would be committed.
git ls-files -z --cached --others --exclude-standard -- web shared/proto node/openapi.json \
  | xargs -0 -I{} sh -c '[ ! -e "$1" ] || printf "%s\0" "$1"' _ {} \
  | xargs -0 cp --parents -t "$copy"
ln -s "$PWD/web/node_modules" "$copy/web/node_modules"

(cd "$copy/web" && npm run --silent gen && npm run --silent build && node scripts/source-hash.mjs) >"$copy/log" 2>&1 || {
  cat "$copy/log" >&2
  echo "drift: the web bundle does not build" >&2
  exit 1
}
if ! { diff -r --brief web/src "$copy/web/src" && diff -r --brief web/dist "$copy/web/dist"; }; then
  echo "drift: generated files or web/dist differ from their sources; run 'make fix' and commit" >&2
  exit 1
fi
