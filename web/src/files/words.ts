// What went wrong with a file, for a person. Codes are the API's. Pure.

const WORDS: Record<string, string> = {
  not_found: "It is not there any more.",
  denied: "Your account on the target may not do that.",
  exists: "Something of that name is already there.",
  no_space: "The target's disk or quota is full.",
  read_only: "The target's file system is read-only.",
  not_empty: "The folder is not empty.",
  bad_path: "The target does not accept this name.",
  unavailable: "Files are not available in this session right now.",
  forbidden: "You may not use files in this session.",
  too_large: "That is more than the server accepts.",
  stalled: "Nothing moved for a minute.",
  cancelled: "Cancelled.",
};

/** A sentence for an error code; `fallback` is the server's own. */
export function fileProblem(code: string, fallback: string): string {
  return WORDS[code] ?? fallback;
}
