// Hash routes: pure parsing and printing. Hashes need no fallback on the server and keep setup
// tokens out of its logs.

export type Route =
  | { page: "home"; folder: string | null }
  | { page: "setup"; token: string }
  | { page: "target-new" }
  | { page: "target-edit"; target: string; tab: "settings" | "access" }
  | { page: "users" }
  | { page: "groups" }
  | { page: "sessions" }
  | { page: "history" }
  | { page: "audit" }
  | { page: "account" }
  | { page: "session"; session: string }
  | { page: "open"; target: string }
  | { page: "not-found"; path: string };

/** Reads `location.hash` (with or without the leading `#`). Never throws. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, "").replace(/^\/+/, "");
  const bare = path.split("?")[0] ?? "";
  const parts = bare.split("/").filter(Boolean).map(decode);
  const [head, second, third] = parts;
  if (head === undefined) return { page: "home", folder: null };
  if (head === "folder" && parts.length >= 2) {
    return { page: "home", folder: parts.slice(1).join("/") };
  }
  if (head === "setup" && second && parts.length === 2) return { page: "setup", token: second };
  if (head === "s" && second && parts.length === 2) return { page: "session", session: second };
  if (head === "open" && second && parts.length === 2) return { page: "open", target: second };
  if (head === "targets") return targetRoute(second, third, parts.length, path);
  if (parts.length === 1 && isPlain(head)) return { page: head };
  return { page: "not-found", path };
}

/** Prints a route as a hash, the inverse of `parseRoute`. */
export function hashOf(route: Route): string {
  switch (route.page) {
    case "home":
      return route.folder ? `#/folder/${route.folder.split("/").map(encode).join("/")}` : "#/";
    case "setup":
      return `#/setup/${encode(route.token)}`;
    case "target-new":
      return "#/targets/new";
    case "target-edit":
      return `#/targets/${encode(route.target)}${route.tab === "access" ? "/access" : ""}`;
    case "session":
      return `#/s/${encode(route.session)}`;
    case "open":
      return `#/open/${encode(route.target)}`;
    case "not-found":
      return `#/${route.path}`;
    default:
      return `#/${route.page}`;
  }
}

function targetRoute(
  id: string | undefined,
  tab: string | undefined,
  length: number,
  path: string,
): Route {
  if (id === undefined) return { page: "home", folder: null };
  if (id === "new" && length === 2) return { page: "target-new" };
  if (length === 2) return { page: "target-edit", target: id, tab: "settings" };
  if (length === 3 && tab === "access") return { page: "target-edit", target: id, tab: "access" };
  return { page: "not-found", path };
}

const PLAIN = ["users", "groups", "sessions", "history", "audit", "account"] as const;
type Plain = (typeof PLAIN)[number];

function isPlain(value: string): value is Plain {
  return (PLAIN as readonly string[]).includes(value);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function encode(part: string): string {
  return encodeURIComponent(part);
}
