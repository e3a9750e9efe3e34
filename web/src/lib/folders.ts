// Folders are paths in targets (`Production/EU`); this makes the tree that people see.

export interface FolderEntry {
  path: string;
  label: string;
  depth: number;
}

/** Every folder and every parent on the way to it, once, in reading order. */
export function folderTree(paths: readonly string[]): FolderEntry[] {
  const all = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").filter(Boolean);
    for (let length = 1; length <= parts.length; length += 1) {
      all.add(parts.slice(0, length).join("/"));
    }
  }
  return [...all]
    .map((path) => path.split("/"))
    .sort(compareParts)
    .map((parts) => ({
      path: parts.join("/"),
      label: parts.at(-1) ?? "",
      depth: parts.length - 1,
    }));
}

/** The folders one step below `parent`. */
export function childFolders(paths: readonly string[], parent: string): FolderEntry[] {
  const depth = parent.split("/").filter(Boolean).length;
  return folderTree(paths).filter(
    (entry) => entry.depth === depth && entry.path.startsWith(`${parent}/`),
  );
}

function compareParts(left: string[], right: string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = (left[index] ?? "").localeCompare(right[index] ?? "", undefined, {
      numeric: true,
      sensitivity: "base",
    });
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
