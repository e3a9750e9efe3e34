// Files and whole folders out of a drop or a file dialog, with the paths below what was dropped.

export interface Picked {
  /** Relative, with "/" between folders. */
  path: string;
  file: File;
}

export interface Selection {
  /** Every folder, parents before children; empty folders are kept. */
  folders: string[];
  files: Picked[];
}

/** Most files of one drop; beyond it an archive is the better way. */
export const MOST_FILES = 20_000;

/** Reads a drop. Must be called within the event: entries vanish with it. */
export function fromDrop(transfer: DataTransfer): Promise<Selection> {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    if (entry) entries.push(entry);
    else {
      const file = item.getAsFile();
      if (file) loose.push(file);
    }
  }
  return walk(entries, loose);
}

/** Reads an `<input type="file">`, with or without `webkitdirectory`. */
export function fromInput(list: FileList): Selection {
  const files: Picked[] = [];
  const folders = new Set<string>();
  for (const file of list) {
    const path = file.webkitRelativePath || file.name;
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      folders.add(parts.slice(0, depth).join("/"));
    }
    files.push({ path, file });
  }
  return { folders: [...folders].sort(), files };
}

async function walk(entries: FileSystemEntry[], loose: File[]): Promise<Selection> {
  const out: Selection = {
    folders: [],
    files: loose.map((file) => ({ path: file.name, file })),
  };
  const queue = entries.map((entry) => ({ entry, path: entry.name }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (out.files.length > MOST_FILES) break;
    if (next.entry.isFile) {
      out.files.push({ path: next.path, file: await fileOf(next.entry as FileSystemFileEntry) });
    } else if (next.entry.isDirectory) {
      out.folders.push(next.path);
      for (const child of await childrenOf(next.entry as FileSystemDirectoryEntry)) {
        queue.push({ entry: child, path: `${next.path}/${child.name}` });
      }
    }
  }
  return out;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives at most a hundred entries at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const out: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return out;
    out.push(...batch);
  }
}
