// Claims about the folder tree.

import { expect, test } from "vitest";
import { childFolders, folderTree } from "./folders";

test("parents appear once, before their children", () => {
  expect(folderTree(["Production/EU", "Lab", "Production/US", "Production"])).toEqual([
    { path: "Lab", label: "Lab", depth: 0 },
    { path: "Production", label: "Production", depth: 0 },
    { path: "Production/EU", label: "EU", depth: 1 },
    { path: "Production/US", label: "US", depth: 1 },
  ]);
});

test("numbers sort as numbers and a parent stays with its children", () => {
  const paths = folderTree(["rack 10", "rack 2/a", "rack 2", "Rack 1"]).map((entry) => entry.path);
  expect(paths).toEqual(["Rack 1", "rack 2", "rack 2/a", "rack 10"]);
});

test("the empty folder and stray slashes are nothing", () => {
  expect(folderTree(["", "/", "/a//b/"])).toEqual([
    { path: "a", label: "a", depth: 0 },
    { path: "a/b", label: "b", depth: 1 },
  ]);
});

test("children are one step down, even where a parent has no target of its own", () => {
  const paths = ["Production/EU/west", "Production/US", "Productions"];
  expect(childFolders(paths, "Production").map((entry) => entry.label)).toEqual(["EU", "US"]);
  expect(childFolders(paths, "Production/EU").map((entry) => entry.path)).toEqual([
    "Production/EU/west",
  ]);
  expect(childFolders(paths, "Lab")).toEqual([]);
});
