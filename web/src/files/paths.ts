// Paths at the target as text: joined, split, named. Names come from the target and from other
// people; what could mislead (controls, direction overrides) is shown as a visible mark. Pure.

export interface Crumb {
  name: string;
  path: string;
}

/** A directory and an entry of it. */
export function joined(directory: string, name: string): string {
  if (directory === "") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The directory above; the root stays. */
export function parentOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const cut = trimmed.lastIndexOf("/");
  if (cut <= 0) return "/";
  return trimmed.slice(0, cut);
}

export function nameOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1) || "/";
}

/** The way from the root to `path`. */
export function crumbs(path: string): Crumb[] {
  const out: Crumb[] = [{ name: "/", path: "/" }];
  let at = "";
  for (const part of path.split("/").filter(Boolean)) {
    at += `/${part}`;
    out.push({ name: part, path: at });
  }
  return out;
}

/** A name as it may be shown: every character visible, none changing the direction of others. */
export function visible(name: string): string {
  return name.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: making them visible is the point.
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => {
      const code = char.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code); // ␀ … ␟
      return code === 0x7f ? "␡" : "�";
    },
  );
}

/** Why a person's name for a file cannot be one; null when it can. */
export function nameProblem(name: string): string | null {
  if (name === "") return "Give it a name.";
  if (name === "." || name === "..") return "This name is taken by the system.";
  if (name.includes("/")) return "A name cannot contain “/”.";
  if (name.includes("\0")) return "A name cannot contain a null character.";
  if (new TextEncoder().encode(name).byteLength > 255) return "This name is too long.";
  return null;
}
