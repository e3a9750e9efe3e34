// What a directory looks like: sorted, filtered, in words. Pure.

export type FileKind = "file" | "directory" | "link" | "other";

/** One entry, in the API's spelling. */
export interface FileEntry {
  name: string;
  kind: FileKind;
  target_kind: FileKind | null;
  size: number;
  /** Microseconds, UTC. */
  modified: number | null;
  mode: number | null;
}

export type SortKey = "name" | "size" | "modified";

export interface Sorting {
  key: SortKey;
  isDescending: boolean;
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Whether opening it shows a list. */
export function isFolder(entry: FileEntry): boolean {
  return entry.kind === "directory" || (entry.kind === "link" && entry.target_kind === "directory");
}

/** Whether it has bytes to download. */
export function isReadable(entry: FileEntry): boolean {
  return entry.kind === "file" || (entry.kind === "link" && entry.target_kind === "file");
}

/** Folders first, then by `sorting`, then by name. */
export function arranged(
  entries: FileEntry[],
  sorting: Sorting,
  showsHidden: boolean,
): FileEntry[] {
  const sign = sorting.isDescending ? -1 : 1;
  const shown = showsHidden ? [...entries] : entries.filter((entry) => !entry.name.startsWith("."));
  return shown.sort((one, two) => {
    const folders = Number(isFolder(two)) - Number(isFolder(one));
    return folders || sign * compared(one, two, sorting.key) || names.compare(one.name, two.name);
  });
}

function compared(one: FileEntry, two: FileEntry, key: SortKey): number {
  switch (key) {
    case "name":
      return names.compare(one.name, two.name);
    case "size":
      return isFolder(one) ? 0 : one.size - two.size;
    case "modified":
      return (one.modified ?? 0) - (two.modified ?? 0);
  }
}

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** `0 B`, `12.3 KB`, `4.0 GB`; decimal, as disks are sold. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? "B"}`;
}

const thisYear = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const anyYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** When something changed (µs): with the time within this year, else the date. */
export function changedText(micros: number | null, now: Date): string {
  if (micros === null) return "";
  const at = new Date(micros / 1000);
  if (Number.isNaN(at.getTime())) return "";
  return (at.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(at);
}

/** `drwxr-xr-x`; a dash for each unknown. */
export function modeText(entry: FileEntry): string {
  const { mode } = entry;
  if (mode === null) return "";
  const head = { directory: "d", link: "l", file: "-", other: "?" }[entry.kind];
  const bits = ["r", "w", "x"];
  let text = head;
  for (let bit = 8; bit >= 0; bit -= 1) {
    text += (mode >> bit) & 1 ? (bits[2 - (bit % 3)] ?? "-") : "-";
  }
  return text;
}

/** The first entry at or after `from` whose name begins with what was typed; -1 when none. */
export function beginningWith(entries: FileEntry[], typed: string, from: number): number {
  const wanted = typed.toLocaleLowerCase();
  for (let step = 0; step < entries.length; step += 1) {
    const index = (from + step) % entries.length;
    if (entries[index]?.name.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}

/** The rows of a long list that are on the screen, with some spare around. */
export function visibleRows(
  scrollTop: number,
  height: number,
  rowHeight: number,
  total: number,
): { first: number; last: number } {
  const SPARE = 8;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - SPARE);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + SPARE);
  return { first: Math.min(first, total), last: Math.max(0, last) };
}
