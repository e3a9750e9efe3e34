// Runs every *.spec.mjs beside this file in Chromium against a real node and a real sshd.
// Each file gets a world of its own (`baton-load up`), which ends with its stdin, so with us.
// Usage: node tests/browser/run.mjs [part of a file name]

import { readdirSync } from "node:fs";
import { launch, World } from "./world.mjs";

const here = new URL("./", import.meta.url);
const wanted = process.argv[2] ?? "";
const files = readdirSync(here)
  .filter((name) => name.endsWith(".spec.mjs") && name.includes(wanted))
  .sort();

const failures = [];
let passed = 0;
const browser = await launch();
try {
  for (const file of files) {
    const { default: specs, isStory = false } = await import(new URL(file, here));
    const world = await World.start(browser, file.replace(".spec.mjs", ""));
    try {
      for (const [claim, run] of Object.entries(specs)) {
        const start = performance.now();
        const took = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
        try {
          await run(world);
          world.refuseViolations();
          passed += 1;
          console.log(`passed  ${file}: ${claim} (${took()})`);
        } catch (error) {
          await world.keepEvidence(claim);
          failures.push(`${file}: ${claim}`);
          console.log(`FAILED  ${file}: ${claim} (${took()})\n${indent(error.stack ?? error)}`);
          if (isStory) break;
        }
      }
    } finally {
      await world.end();
    }
  }
} finally {
  await browser.close();
}
console.log(`browser: ${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

function indent(text) {
  return String(text).replace(/^/gm, "        ");
}
