// Notes in dist/.source-hash what the bundle was built from; the tidy test computes the same and
// finds a stale bundle without building it. Same rules as tests/src/source_hash.rs.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCES = [
  "shared/proto/baton.proto",
  "web/index.html",
  "web/package-lock.json",
  "web/public",
  "web/src",
  "web/svelte.config.js",
  "web/tsconfig.json",
  "web/vite.config.ts",
];

function files(path) {
  if (!existsSync(ROOT + path)) return [];
  if (!statSync(ROOT + path).isDirectory()) return [path];
  return readdirSync(ROOT + path).flatMap((name) => files(`${path}/${name}`));
}

const hash = createHash("sha256");
const paths = SOURCES.flatMap(files).filter((path) => !path.endsWith(".test.ts"));
for (const path of paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
  const bytes = readFileSync(ROOT + path);
  hash.update(`${path}\0${bytes.length}\0`);
  hash.update(bytes);
}
writeFileSync(`${ROOT}web/dist/.source-hash`, `${hash.digest("hex")}\n`);
