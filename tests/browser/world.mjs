// A node, its targets and the pages that look at them; everything ends with `end`.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const ROOT = new URL("../../", import.meta.url).pathname;
const require = createRequire(`${ROOT}web/package.json`);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = `${ROOT}artefacts/browser`;

/** Time for anything a person would wait for; a debug build on two busy cores is slow. */
export const PATIENCE_MS = 30_000;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
}

export class World {
  /** Starts `baton-load up` and reads where everything is. */
  static async start(browser, name) {
    const binary = `${process.env.BATON_BIN_DIR ?? `${ROOT}target/debug`}/baton-load`;
    if (!existsSync(binary)) throw new Error(`${binary} is missing: cargo build --workspace`);
    const options = ["--set", "targets_quick_connect=true", "--desktop"];
    const child = spawn(binary, ["up", ...options], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const line = await Promise.race([
      new Promise((resolve) => createInterface(child.stdout).once("line", resolve)),
      ended.then((code) => Promise.reject(new Error(`baton-load up ended with ${code}`))),
    ]);
    return new World(browser, name, child, ended, JSON.parse(line));
  }

  constructor(browser, name, child, ended, places) {
    Object.assign(this, { browser, name, child, ended, ...places });
    this.contexts = [];
    this.violations = [];
    this.password = "a long enough passphrase";
    mkdirSync(SHOTS, { recursive: true });
  }

  async end() {
    for (const context of this.contexts) await context.close();
    this.child.stdin.end();
    await this.ended;
  }

  /** A new browser profile with one page; policy violations and page errors are collected. */
  async newPage(options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    this.contexts.push(context);
    context.on("page", (page) => this.watch(page));
    return context.newPage();
  }

  watch(page) {
    page.on("pageerror", (error) => this.violations.push(`page error: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (/Content[- ]Security[- ]Policy|Refused to/i.test(message.text())) {
        this.violations.push(message.text());
      }
    });
  }

  refuseViolations() {
    const found = this.violations.splice(0);
    if (found.length > 0) throw new Error(found.join("\n"));
  }

  async shot(page, name) {
    await page.screenshot({ path: `${SHOTS}/${this.name}-${name}.png` });
  }

  /** Screenshots of every open page, for whoever reads the failure. */
  async keepEvidence(claim) {
    const name = claim.replace(/[^a-z0-9]+/gi, "-").toLowerCase();
    let count = 0;
    for (const page of this.contexts.flatMap((context) => context.pages())) {
      count += 1;
      await this.shot(page, `failed-${name}-${count}`).catch(() => undefined);
    }
    this.violations.length = 0;
  }

  /** Fails with what axe finds on the page as it is. */
  async axe(page, what) {
    // By the debugger, so that the page's policy neither hinders nor is loosened.
    const debug = await page.context().newCDPSession(page);
    await debug.send("Runtime.evaluate", { expression: AXE });
    await debug.detach();
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        // Who speaks to the page says what is written on a control.
        rules: { "label-content-name-mismatch": { enabled: true } },
      }),
    );
    if (violations.length === 0) return;
    const told = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`,
    );
    throw new Error(`axe on ${what}:\n${told.join("\n")}`);
  }

  /** Opens the one-time link and becomes the first admin; leaves the page at home. */
  async setUp(page) {
    await page.goto(this.setup_link);
    await page.getByLabel("Name", { exact: true }).fill("admin");
    const fields = page.locator("input[type=password]");
    for (let index = 0; index < (await fields.count()); index += 1) {
      await fields.nth(index).fill(this.password);
    }
    await page.getByRole("button", { name: "Create and sign in" }).click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
  }

  async signIn(page, name = "admin", password = this.password) {
    await page.goto(this.url);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.locator("input[type=password]").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
  }

  /** Adds the real sshd as a target through the form. */
  async addTarget(page, name) {
    await page.goto(`${this.url}/#/targets/new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Address").fill(this.ssh.host);
    await page.getByLabel("Port").fill(String(this.ssh.port));
    await page.getByLabel(/^User name/).fill(this.ssh.user);
    await page.getByRole("radio", { name: "Password" }).check();
    await page.getByRole("textbox", { name: "Password" }).fill(this.ssh.password);
    await page.getByRole("button", { name: "Add target" }).click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
  }

  /** Opens a target from home and waits for the shell's prompt. */
  async openShell(page, name) {
    await page.goto(`${this.url}/#/`);
    const targets = page.getByRole("main").getByRole("link", { name: new RegExp(`^${name}`) });
    await targets.last().click();
    await this.untilText(page, "ready$");
  }
}

/** The rows of the terminal in front, as a person reads them. */
export function screen(page) {
  return page.evaluate(() => {
    const shown = [...document.querySelectorAll(".xterm-rows")].filter(
      (rows) => rows.getClientRects().length > 0,
    );
    const rows = shown.flatMap((element) => [...element.children]);
    return rows.map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd()).join("\n");
  });
}

World.prototype.untilText = async (page, text) => {
  const deadline = performance.now() + PATIENCE_MS;
  let last = "";
  while (performance.now() < deadline) {
    last = await screen(page);
    if (last.includes(text)) return last;
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  throw new Error(`no ${JSON.stringify(text)} in the terminal:\n${last}`);
};

/** Waits until the page's own state makes `holds` true, and says what it waited for. */
World.prototype.until = async (page, what, holds, argument) => {
  await page.waitForFunction(holds, argument, { timeout: PATIENCE_MS }).catch((error) => {
    throw new Error(`${what}: never (${error.message.split("\n")[0]})`);
  });
};

/** Where the keys for the terminal in front go. */
export function front(page) {
  return page.locator(".session:not([hidden]) .xterm-helper-textarea");
}

/** Types a line into the terminal in front. */
World.prototype.typeLine = async (page, line) => {
  await front(page).focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
};
