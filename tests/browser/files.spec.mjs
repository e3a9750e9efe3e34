// Files through the panel: up, down, replaced, renamed, removed; and the menu above the session.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { front } from "./world.mjs";

/** Each step begins where the one before ended. */
export const isStory = true;

const place = mkdtempSync(join(tmpdir(), "baton-browser-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
const CONTENT = "line of a file\n".repeat(200_000);
let page;

function entry(name) {
  return page.getByRole("option").filter({ hasText: name });
}

async function pick(content) {
  const file = join(place, "upload.txt");
  writeFileSync(file, content);
  await page.getByLabel("Files to upload").setInputFiles(file);
}

export default {
  "the panel opens at home and axe finds nothing": async (world) => {
    page = await world.newPage({ colorScheme: "dark" });
    await world.setUp(page);
    await world.addTarget(page, "real sshd");
    await world.openShell(page, "real sshd");
    await page.getByRole("toolbar", { name: "Session" }).getByRole("button", { name: "Files" }).click();
    await page.getByRole("status").filter({ hasText: /entries/ }).waitFor();
    await world.axe(page, "files");
  },

  "a file goes up": async (world) => {
    await pick(CONTENT);
    await entry("upload.txt").waitFor();
    await world.typeLine(page, "wc -c upload.txt");
    await world.untilText(page, `${CONTENT.length} upload.txt`);
    await world.shot(page, "uploaded");
  },

  "a file comes down unchanged": async () => {
    await entry("upload.txt").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    if (readFileSync(await download.path(), "utf8") !== CONTENT) throw new Error("it changed");
    const rows = await page.evaluate(async () => {
      const answer = await fetch("api/v1/audit?code=file.download");
      return (await answer.json()).items.length;
    });
    if (rows > 1) throw new Error(`one download, ${rows} rows in the audit`);
  },

  "a second upload of that name is asked about": async (world) => {
    await pick("short\n");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Replace/ }).first().waitFor();
    await world.axe(page, "replace");
    await world.shot(page, "replace");
    await dialog.getByRole("button", { name: /^Replace/ }).first().click();
    await world.typeLine(page, "clear; cat upload.txt");
    await world.untilText(page, "short");
  },

  "a folder goes up and comes down as a whole": async (world) => {
    const folder = join(place, "tree");
    mkdirSync(join(folder, "deep", "deeper"), { recursive: true });
    writeFileSync(join(folder, "top.txt"), "top\n");
    writeFileSync(join(folder, "deep", "deeper", "leaf.txt"), "leaf\n");
    await page.getByLabel("Folder to upload").setInputFiles(folder);
    await entry("tree").waitFor();
    await page.getByText("2 done").or(page.getByText("4 done")).waitFor();
    await world.typeLine(page, "clear; cat tree/deep/deeper/leaf.txt tree/top.txt");
    await world.untilText(page, "leaf\ntop");
    await entry("tree").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    if (download.suggestedFilename() !== "tree.zip") throw new Error(download.suggestedFilename());
    if (readFileSync(await download.path()).subarray(0, 2).toString() !== "PK") {
      throw new Error("not an archive");
    }
  },

  "files are dropped onto the panel": async (world) => {
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["dropped\n"], "dropped.txt"));
      return data;
    });
    const panel = page.getByRole("complementary", { name: "Files" });
    await panel.dispatchEvent("dragenter", { dataTransfer: transfer });
    await page.getByText("Drop files or folders").waitFor();
    await world.shot(page, "drop");
    await panel.dispatchEvent("drop", { dataTransfer: transfer });
    await entry("dropped.txt").waitFor();
  },

  "an upload is cancelled while it runs": async (world) => {
    const hold = (route) => (route.request().method() === "PUT" ? undefined : route.continue());
    await page.route("**/files/content*", hold);
    const file = join(place, "slow.bin");
    writeFileSync(file, Buffer.alloc(1_000_000));
    await page.getByLabel("Files to upload").setInputFiles(file);
    await page.getByRole("button", { name: "Cancel slow.bin" }).waitFor();
    await world.axe(page, "transfers");
    await world.shot(page, "transfers");
    await page.getByRole("button", { name: "Cancel slow.bin" }).click();
    await page.getByText("cancelled").waitFor();
    await page.unroute("**/files/content*", hold);
    await page.getByRole("button", { name: "Clear" }).click();
  },

  "a file is renamed by key": async () => {
    await entry("dropped.txt").click();
    await page.getByRole("listbox", { name: "Entries" }).press("F2");
    await page.getByRole("dialog").getByRole("textbox").fill("named.txt");
    await page.keyboard.press("Enter");
    await entry("named.txt").waitFor();
    await entry("dropped.txt").waitFor({ state: "detached" });
  },

  "a folder that may not be read says so, and the panel goes on": async (world) => {
    await world.typeLine(page, "mkdir -m 0 shut; echo made-$((1 + 1))");
    await world.untilText(page, "made-2");
    await page.getByRole("button", { name: "Read again" }).click();
    await entry("shut").dblclick();
    await page.getByRole("alert").filter({ hasText: /may not do that/ }).waitFor();
    await world.axe(page, "refused folder");
    await world.shot(page, "refused");
    await page.getByRole("button", { name: "Read again" }).click();
    await entry("named.txt").waitFor();
  },

  "a folder is made, entered, left and removed": async () => {
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("box");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await entry("box").click();
    await page.getByRole("listbox", { name: "Entries" }).press("Enter");
    await page.getByText("This folder is empty.").waitFor();
    await page.getByRole("button", { name: "Folder above" }).click();
    await entry("box").click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await entry("box").waitFor({ state: "detached" });
  },

  "Ctrl+Alt+Shift opens the session menu": async (world) => {
    await front(page).focus();
    await page.keyboard.down("Control");
    await page.keyboard.down("Alt");
    await page.keyboard.press("Shift");
    await page.keyboard.up("Alt");
    await page.keyboard.up("Control");
    await page.getByRole("button", { name: "Close menu" }).waitFor();
    await world.axe(page, "session menu");
    await world.shot(page, "menu");
    await page.keyboard.press("Escape");
  },
};
