// Regenerates what is derived and committed: wire frames from the protobuf file, API types from
// the OpenAPI document. `npm run gen`; continuous integration fails when the result differs.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const run = (file, args) =>
  execFileSync(process.execPath, [`node_modules/${file}`, ...args], { stdio: "inherit" });

run("@bufbuild/buf/bin/buf", ["generate"]);
const document = "../node/openapi.json";
if (existsSync(document)) {
  run("openapi-typescript/bin/cli.js", [document, "--output", "src/api/types.gen.ts"]);
}
