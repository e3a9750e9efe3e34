// Every page: reachable, accessible in dark, light and on a phone, without a policy violation.

const PAGES = {
  home: "#/",
  "add a target": "#/targets/new",
  history: "#/history",
  account: "#/account",
  users: "#/users",
  groups: "#/groups",
  audit: "#/audit",
  "not found": "#/nowhere/at/all",
};

let state;

export default {
  "the one-time link makes the first admin": async (world) => {
    const page = await world.newPage({ colorScheme: "dark" });
    await page.goto(world.setup_link);
    await page.getByRole("button", { name: "Create and sign in" }).waitFor();
    await world.axe(page, "set-up");
    await world.shot(page, "setup");
    await world.setUp(page);
    state = await page.context().storageState();
  },

  "the link works once and says so": async (world) => {
    const page = await world.newPage();
    await page.goto(world.setup_link);
    await page.getByText("This link was used already").waitFor();
    await world.axe(page, "used link");
    await world.shot(page, "setup-used");
  },

  "a wrong password is refused in words": async (world) => {
    const page = await world.newPage();
    await page.goto(world.url);
    await world.axe(page, "sign-in");
    await page.getByLabel("Name", { exact: true }).fill("admin");
    await page.locator("input[type=password]").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await world.shot(page, "sign-in-refused");
    await world.signIn(page);
  },

  ...Object.fromEntries(
    [
      ["dark", { colorScheme: "dark" }],
      ["light", { colorScheme: "light" }],
      ["a phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
    ].map(([look, options]) => [
      `axe finds nothing on any page, ${look}`,
      async (world) => {
        const page = await world.newPage({ ...options, storageState: state });
        for (const [name, hash] of Object.entries(PAGES)) {
          await page.goto(`${world.url}/${hash}`);
          await page.locator("main h1").first().waitFor();
          await world.axe(page, `${name}, ${look}`);
          await world.shot(page, `${look}-${name}`.replaceAll(" ", "-"));
        }
        await page.context().close();
      },
    ]),
  ),

  "a user is created, disabled and enabled": async (world) => {
    const page = await world.newPage({ storageState: state });
    await page.goto(`${world.url}/#/users`);
    await page.getByRole("button", { name: "Add user" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name", { exact: true }).fill("worker");
    await world.axe(page, "new user");
    await form.getByRole("button", { name: /^(Create|Add)/ }).click();
    await page.getByText(/first password/).waitFor();
    await world.shot(page, "first-password");
    await page.keyboard.press("Escape");
    const row = page.getByRole("row").filter({ hasText: "worker" });
    await row.getByRole("button", { name: "Actions for worker" }).click();
    await page.getByRole("menuitem", { name: "Disable" }).click();
    await page.getByRole("button", { name: "Disable", exact: true }).click();
    await row.getByText("disabled").waitFor();
  },

  "groups are searched and paged": async (world) => {
    const page = await world.newPage({ storageState: state });
    await page.goto(`${world.url}/#/groups`);
    await page.evaluate(async () => {
      for (let number = 100; number < 160; number += 1) {
        const body = JSON.stringify({ name: `Team ${number}` });
        const headers = { "content-type": "application/json" };
        await fetch("api/v1/groups", { method: "POST", headers, body });
      }
    });
    await page.reload();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("Page 2").waitFor();
    await page.getByRole("button", { name: "Team 159" }).waitFor();
    await page.getByLabel("Search groups").fill("team 14");
    await page.getByRole("button", { name: "Team 140" }).waitFor();
    await page.getByRole("button", { name: "Team 159" }).waitFor({ state: "detached" });
    await world.shot(page, "groups-found");
    await page.getByLabel("Search groups").fill("nobody");
    await page.getByText("Nothing matches “nobody”").waitFor();
  },

  "home, form and menu are usable by keyboard alone": async (world) => {
    const page = await world.newPage({ storageState: state });
    await page.goto(`${world.url}/#/`);
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await reach(page, "Add target");
    await page.keyboard.press("Enter");
    await page.getByLabel("Address").waitFor();
    await reach(page, "Address");
    await page.keyboard.type(world.ssh.host);
    await reach(page, "Add target");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await page.getByText(`“${world.ssh.host}” is added.`).waitFor();
  },
};

/** Presses Tab until the control of this name has the focus. */
async function reach(page, name) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element?.labels?.[0]?.textContent ?? "";
      return `${element?.getAttribute("aria-label") ?? ""} ${label} ${element?.textContent ?? ""}`;
    });
    if (focused.includes(name)) return;
  }
  throw new Error(`Tab never reaches ${name}`);
}
