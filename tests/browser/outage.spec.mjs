// Without a network or without a node: said in words, on home, in forms and at the door.

/** Each step begins where the one before ended. */
export const isStory = true;

let page;
const banner = () => page.getByRole("main").locator("xpath=../..").getByText(/is offline/);

export default {
  "home says that the browser is offline, and when it is back": async (world) => {
    page = await world.newPage({ colorScheme: "dark" });
    await world.setUp(page);
    await page.context().setOffline(true);
    await banner().first().waitFor();
    await world.shot(page, "home");
    await page.context().setOffline(false);
    await banner().first().waitFor({ state: "detached" });
  },

  "a form keeps what was typed and says why it was not saved": async (world) => {
    await page.goto(`${world.url}/#/targets/new`);
    await page.getByLabel("Name", { exact: true }).fill("kept");
    await page.getByLabel("Address").fill("kept.example");
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Add target" }).click();
    await page.getByRole("alert").filter({ hasText: /is offline/ }).waitFor();
    await world.shot(page, "form");
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Add target" }).click();
    await page.getByText("“kept” is added.").waitFor();
  },

  "a node that does not answer is told from that": async (world) => {
    await page.context().route("**/api/v1/**", (route) => route.abort());
    await page.getByText("Baton cannot be reached.").first().waitFor();
    await world.axe(page, "outage banner");
    await page.reload();
    await page.getByRole("heading", { name: "Baton does not answer" }).waitFor();
    await world.axe(page, "no answer");
    await world.shot(page, "no-answer");
    await page.context().unroute("**/api/v1/**");
    await page.getByRole("heading", { name: "Home" }).waitFor();
  },

  "what the page asks by itself is marked, so that idle logins end": async (world) => {
    const marked = page.waitForRequest(
      (request) =>
        request.url().includes("/api/v1/sessions") && request.headers()["x-baton-background"] === "1",
    );
    await page.goto(`${world.url}/#/`);
    await marked;
  },

  "at the door the password is kept while nobody answers": async (world) => {
    const stranger = await world.newPage();
    await stranger.goto(world.url);
    await stranger.getByLabel("Name", { exact: true }).fill("admin");
    await stranger.locator("input[type=password]").fill(world.password);
    await stranger.context().setOffline(true);
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.getByRole("alert").filter({ hasText: /is offline/ }).waitFor();
    await world.shot(stranger, "door");
    await stranger.context().setOffline(false);
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.getByRole("heading", { name: "Home" }).waitFor();
  },
};
