// A real TigerVNC in the page: the same pixels, keys, clicks, another size, a second viewer.

import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { PATIENCE_MS } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

let page;

/** What the X server has on its screen: size, and the hash of its pixels as red, green, blue, 255. */
async function screenOf(world) {
  const dump = await new Promise((resolve, reject) => {
    const options = {
      encoding: "buffer",
      maxBuffer: 1 << 28,
      env: { ...process.env, DISPLAY: world.desktop.display },
    };
    execFile("xwd", ["-root", "-silent"], options, (error, out) =>
      error ? reject(error) : resolve(out),
    );
  });
  const number = (index) => dump.readUInt32BE(index * 4);
  const [width, height] = [number(4), number(5)];
  const [start, stride] = [number(0) + number(19) * 12, number(12)];
  const pixels = Buffer.alloc(width * height * 4, 255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [start + y * stride + x * 4, (y * width + x) * 4];
      pixels[to] = dump[from + 2];
      pixels[to + 1] = dump[from + 1];
      pixels[to + 2] = dump[from];
    }
  }
  return { width, height, hash: createHash("sha256").update(pixels).digest("hex") };
}

/** Waits until the page's canvas is, pixel by pixel, what the X server has. */
async function untilSame(world, where) {
  const deadline = performance.now() + PATIENCE_MS;
  let [theirs, ours] = [{}, ""];
  while (performance.now() < deadline) {
    theirs = await screenOf(world);
    ours = await where.evaluate(() => globalThis.__batonDesktopHash?.() ?? "");
    if (ours === theirs.hash) return theirs;
  }
  throw new Error(`the canvas never was what the X server has: ${ours}, ${JSON.stringify(theirs)}`);
}

async function untilHolds(what, holds) {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (await holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what}: never`);
}

export default {
  "a desktop opens and has the same pixels": async (world) => {
    page = await world.newPage({ colorScheme: "dark", viewport: { width: 1280, height: 800 } });
    await page.context().addInitScript(() => {
      globalThis.__batonTest = true;
    });
    await world.setUp(page);
    await page.getByRole("main").getByRole("link", { name: /^Demo desktop/ }).last().click();
    await page.getByRole("application").waitFor();
    // Until somebody moves it, Xvnc counts its own pointer among the pixels of the screen.
    await page.mouse.move(640, 600);
    await untilSame(world, page);
    await world.axe(page, "desktop");
    await world.shot(page, "opened");
  },

  "keys go to the program under the pointer": async (world) => {
    const file = `${tmpdir()}/baton-desktop-${randomBytes(4).toString("hex")}`;
    const canvas = page.getByRole("application");
    const box = await canvas.boundingBox();
    await page.mouse.click(box.x + box.width / 3, box.y + box.height / 3);
    await page.keyboard.type(`echo "Typed: {1} @" > ${file}`);
    await page.keyboard.press("Enter");
    try {
      await untilHolds("the shell obeyed", () => existsSync(file) && readFileSync(file, "utf8"));
      const text = readFileSync(file, "utf8");
      if (text !== "Typed: {1} @\n") throw new Error(`typed ${JSON.stringify(text)}`);
    } finally {
      rmSync(file, { force: true });
    }
    await untilSame(world, page);
    await world.shot(page, "typed");
  },

  "a second page shows the same desktop": async (world) => {
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByRole("application").waitFor();
    await untilSame(world, second);
    await second.close();
  },

  "a reload shows the same desktop": async (world) => {
    await page.reload();
    await page.getByRole("application").waitFor();
    await untilSame(world, page);
  },

  "what is copied here can be pasted there": async (world) => {
    await page.evaluate(() => navigator.clipboard.writeText("Grüße, 世界"));
    const canvas = page.getByRole("application");
    const box = await canvas.boundingBox();
    await page.mouse.click(box.x + box.width / 3, box.y + box.height / 3);
    await page.keyboard.press("Control+V");
    await untilHolds("the clipboard arrived", async () => {
      const out = await selectionOf(world);
      return out === "Grüße, 世界";
    });
  },
};

/** The X clipboard's text. */
function selectionOf(world) {
  return new Promise((resolve) => {
    const env = { ...process.env, DISPLAY: world.desktop.display };
    const child = spawn("xclip", ["-selection", "clipboard", "-o"], { env });
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.once("close", () => resolve(out));
  });
}
