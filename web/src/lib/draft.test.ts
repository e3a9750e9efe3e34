// Claims about editing a target.

import { expect, test } from "vitest";
import type { Target } from "../api/types";
import { bodyOf, checkDraft, DEFAULT_SETTINGS, draftOf, keyProblem, withProtocol } from "./draft";
import { DEFAULT_VNC } from "./draft-vnc";

const target: Target = {
  id: "t1",
  name: "Database",
  folder: "Production/EU",
  protocol: "ssh",
  host: "db1.example",
  port: 2222,
  settings: { ...DEFAULT_SETTINGS, environment: { LANG: "C.UTF-8", A: "b=c" }, command: "htop" },
  host_keys: [],
  jump: "t0",
  credential: "c1",
  user_name: "ada",
  has_secret: true,
  may_edit: true,
};

test("an untouched target is sent back as it was, without its secret", () => {
  const body = bodyOf(draftOf(target));
  expect(body).toEqual({
    name: target.name,
    folder: target.folder,
    protocol: "ssh",
    host: target.host,
    port: target.port,
    jump: target.jump,
    user_name: target.user_name,
    settings: target.settings,
  });
  expect("secret" in body).toBe(false);
});

test("a new target needs only an address, which then names it", () => {
  const draft = { ...draftOf(null), host: " db2 " };
  expect(checkDraft(draft)).toEqual({});
  expect(bodyOf(draft)).toMatchObject({ name: "db2", host: "db2", port: 22, secret: null });
});

test("folders lose stray slashes and spaces", () => {
  const draft = { ...draftOf(null), host: "h", folder: "/ Lab / rack 1//" };
  expect(bodyOf(draft).folder).toBe("Lab/rack 1");
});

test("each mistake is named at its field", () => {
  const draft = draftOf(null);
  expect(checkDraft(draft)).toHaveProperty("host");
  expect(checkDraft({ ...draft, host: "root@h" })).toHaveProperty("host");
  const good = { ...draft, host: "h" };
  expect(checkDraft({ ...good, port: "0" })).toHaveProperty("port");
  expect(checkDraft({ ...good, port: "22a" })).toHaveProperty("port");
  expect(checkDraft({ ...good, keepalive_s: "9999" })).toHaveProperty("keepalive_s");
  expect(checkDraft({ ...good, policy: "pinned" })).toHaveProperty("pinned_keys");
  expect(checkDraft({ ...good, policy: "known_hosts" })).toHaveProperty("known_hosts");
  expect(checkDraft({ ...good, secret: "password" })).toHaveProperty("password");
  expect(checkDraft({ ...good, environment: "LANG=C\n=x" })).toHaveProperty("environment");
});

test("keys of the wrong kind are recognised", () => {
  expect(keyProblem("ssh-ed25519 AAAA ada")).toMatch(/public/);
  expect(keyProblem("PuTTY-User-Key-File-3: ssh-ed25519")).toMatch(/PuTTY/);
  expect(keyProblem("hello")).toMatch(/BEGIN/);
  expect(keyProblem("-----BEGIN OPENSSH PRIVATE KEY-----\nabc")).toMatch(/end/);
  const whole = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n";
  expect(keyProblem(whole)).toBeNull();
});

const desktop: Target = {
  ...target,
  protocol: "vnc",
  port: 5901,
  settings: {
    ...DEFAULT_SETTINGS,
    vnc: { ...DEFAULT_VNC, certificates: "ignore", quality: null, compression: 9, shared: false },
  },
};

test("an untouched VNC target is sent back as it was", () => {
  expect(bodyOf(draftOf(desktop))).toMatchObject({
    protocol: "vnc",
    port: 5901,
    settings: desktop.settings,
  });
});

test("another protocol brings its usual port, and keeps one that was chosen", () => {
  const fresh = draftOf(null);
  const vnc = withProtocol(fresh, "vnc");
  expect(vnc.port).toBe("5900");
  expect(withProtocol(vnc, "ssh").port).toBe("22");
  expect(withProtocol({ ...fresh, port: "2222" }, "vnc").port).toBe("2222");
  expect(withProtocol({ ...fresh, secret: "private_key" }, "vnc").secret).toBe("none");
});

test("settings of the other protocol are neither checked nor sent", () => {
  const draft = { ...withProtocol(draftOf(null), "vnc"), host: "h", keepalive_s: "x" };
  expect(checkDraft(draft)).toEqual({});
  expect(bodyOf({ ...draft, keepalive_s: "15" }).settings.vnc).toEqual(DEFAULT_VNC);
  expect("vnc" in bodyOf({ ...draftOf(null), host: "h" }).settings).toBe(false);
});

test("pinned certificates are looked at", () => {
  const draft = { ...withProtocol(draftOf(null), "vnc"), host: "h" };
  const pinned = (text: string) => ({
    ...draft,
    vnc: { ...draft.vnc, certificates: "pinned" as const, pinned: text },
  });
  expect(checkDraft(pinned(""))).toHaveProperty("vnc");
  expect(checkDraft(pinned("SHA256:abc"))).toHaveProperty("vnc");
  const pin = `x509-sha256 ${"A".repeat(43)}=`;
  expect(checkDraft(pinned(`\n ${pin} \n`))).toEqual({});
  expect(bodyOf(pinned(` ${pin}\n`)).settings.vnc?.pinned).toEqual([pin]);
});
