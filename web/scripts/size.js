// Measures what the first screen costs on the wire and fails above the limit. The first screen is
// `index.html` plus everything it, and the entry's static imports, load at once.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LIMIT_BYTES = 60 * 1024;
const DIST = new URL("../dist/", import.meta.url).pathname;

const seen = new Map();
const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;

function visit(path) {
  if (seen.has(path)) return;
  const bytes = readFileSync(join(DIST, path));
  seen.set(path, bytes);
  const text = bytes.toString("utf8");
  if (path.endsWith(".html")) {
    for (const [, url] of text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) visit(url);
  }
  if (path.endsWith(".js")) {
    // Static imports only: a dynamic `import(…)` has a parenthesis instead of a quote.
    const statics = /(?:^|[;}\n])(?:import|export)(?:[^"'`();]*?from)?\s*["'`](\.[^"'`]+)["'`]/g;
    for (const [, url] of text.matchAll(statics)) visit(join(dirname(path), url));
  }
}

visit("index.html");
let total = 0;
for (const [path, bytes] of seen) {
  const gz = gzipSync(bytes, { level: 9 }).length;
  total += gz;
  console.log(
    `${String(gz).padStart(7)} gzip ${String(brotli(bytes)).padStart(7)} brotli  ${path}`,
  );
}
console.log(`${String(total).padStart(7)} gzip in total, limit ${LIMIT_BYTES}`);
if (total > LIMIT_BYTES) {
  console.error(`The first screen is ${total - LIMIT_BYTES} bytes over its limit.`);
  process.exit(1);
}
