// Claims about the quick-connect line.

import { expect, test } from "vitest";
import { parseQuick } from "./quick";

test("a full address is taken apart", () => {
  expect(parseQuick("ssh://root@db1.example:2222")).toEqual({
    ok: true,
    protocol: "ssh",
    user: "root",
    host: "db1.example",
    port: 2222,
    uri: "ssh://root@db1.example:2222",
  });
});

test("scheme, user and port may be left out", () => {
  expect(parseQuick(" db1 ")).toMatchObject({
    ok: true,
    user: null,
    port: 22,
    uri: "ssh://db1:22",
  });
  expect(parseQuick("ada@10.0.0.7/")).toMatchObject({ user: "ada", host: "10.0.0.7" });
});

test("a desktop has its own scheme and port", () => {
  expect(parseQuick("vnc://desk.example")).toMatchObject({
    ok: true,
    protocol: "vnc",
    user: null,
    port: 5900,
    uri: "vnc://desk.example:5900",
  });
  expect(parseQuick("VNC://ada@[::1]:5901/")).toMatchObject({ uri: "vnc://ada@[::1]:5901" });
});

test("IPv6 works with and without brackets", () => {
  expect(parseQuick("ssh://a@[2001:db8::1]:2200")).toMatchObject({
    host: "2001:db8::1",
    port: 2200,
    uri: "ssh://a@[2001:db8::1]:2200",
  });
  expect(parseQuick("2001:db8::1")).toMatchObject({ host: "2001:db8::1", port: 22 });
});

test("a user name with an @ keeps its last host", () => {
  expect(parseQuick("ada@corp@host")).toMatchObject({
    user: "ada@corp",
    host: "host",
    uri: "ssh://ada%40corp@host:22",
  });
});

test("nothing typed is not an error", () => {
  expect(parseQuick("")).toBeNull();
  expect(parseQuick("   ")).toBeNull();
});

test("each mistake says what it is", () => {
  const mistakes: [string, RegExp][] = [
    ["http://host", /ssh:\/\//],
    ["@host", /user name/],
    ["root:secret@host", /password/],
    ["root@", /host is missing/],
    ["host:0", /port/],
    ["host:70000", /port/],
    ["host:ssh", /port/],
    ["a b", /spaces/],
    ["ho\u0000st", /spaces/],
    ["host/path", /follow/],
    ["-oProxyCommand=x", /not a host/],
    ["a..b", /not a host/],
    ["x".repeat(600), /too long/],
  ];
  for (const [typed, text] of mistakes) {
    const parsed = parseQuick(typed);
    expect(parsed, typed).toMatchObject({ ok: false });
    if (parsed && !parsed.ok) expect(parsed.text, typed).toMatch(text);
  }
});
