// Claims about words for numbers.

import { expect, test } from "vitest";
import { ago, browserName, count, countdown, duration, isTroubled, reasonText } from "./format";

test("a duration uses the largest unit that says enough", () => {
  expect(duration(-3)).toBe("0 s");
  expect(duration(59.9)).toBe("59 s");
  expect(duration(60)).toBe("1 min");
  expect(duration(3600)).toBe("1 h");
  expect(duration(3725)).toBe("1 h 2 min");
  expect(duration(86_400)).toBe("1 day");
  expect(duration(200_000)).toBe("2 days");
});

test("ago counts from now and tolerates a clock that is ahead", () => {
  const now = 1_700_000_000_000;
  expect(ago((now + 9000) * 1000, now)).toBe("just now");
  expect(ago((now - 300_000) * 1000, now)).toBe("5 min ago");
});

test("a countdown never shows less than nothing", () => {
  expect(countdown(-1)).toBe("0:00");
  expect(countdown(6.2)).toBe("0:07");
  expect(countdown(750)).toBe("12:30");
});

test("one is not many", () => {
  expect(count(1, "viewer")).toBe("1 viewer");
  expect(count(0, "viewer")).toBe("0 viewers");
  expect(count(2, "entry", "entries")).toBe("2 entries");
});

test("browsers are recognised, strangers are cut short", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36";
  expect(browserName(chrome)).toBe("Chrome on Linux");
  expect(browserName("curl/8.1")).toBe("curl");
  expect(browserName("")).toBe("Unknown browser");
  expect(browserName("y".repeat(500)).length).toBe(40);
});

test("an unknown end reason is shown as it is", () => {
  expect(reasonText("host_key_changed")).toBe("Host key changed");
  expect(reasonText("new_thing")).toBe("new thing");
  expect(isTroubled("target_lost")).toBe(true);
  expect(isTroubled("target_exited")).toBe(false);
});
