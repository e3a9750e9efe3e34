// Claims about hash routes.

import { expect, test } from "vitest";
import { hashOf, parseRoute, type Route } from "./routes";

test("every route survives printing and parsing", () => {
  const routes: Route[] = [
    { page: "home", folder: null },
    { page: "home", folder: "Production/EU west" },
    { page: "setup", token: "a_b-c" },
    { page: "target-new" },
    { page: "target-edit", target: "t1", tab: "settings" },
    { page: "target-edit", target: "t1", tab: "access" },
    { page: "users" },
    { page: "groups" },
    { page: "sessions" },
    { page: "history" },
    { page: "audit" },
    { page: "account" },
    { page: "session", session: "0192" },
    { page: "open", target: "t1" },
  ];
  for (const route of routes) expect(parseRoute(hashOf(route))).toEqual(route);
});

test("nothing at all is home", () => {
  for (const hash of ["", "#", "#/", "#//"]) {
    expect(parseRoute(hash)).toEqual({ page: "home", folder: null });
  }
});

test("unknown and over-long paths are not found instead of a guess", () => {
  for (const hash of ["#/nope", "#/users/1/2", "#/setup/a/b", "#/targets/a/b/c"]) {
    expect(parseRoute(hash).page).toBe("not-found");
  }
});

test("a broken percent escape does not throw", () => {
  expect(parseRoute("#/s/%E0%A4%A")).toEqual({ page: "session", session: "%E0%A4%A" });
});
