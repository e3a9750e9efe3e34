// What a soft keyboard did to a line of text, as keys. Pure.

/** Text that is always there, so that a soft keyboard has something to erase. */
export const FILLER = "\u00a0".repeat(24);

export interface Edit {
  /** Characters to erase before the caret. */
  erased: number;
  typed: string;
}

/** The difference between two states of the text field, from the first change on. */
export function editOf(before: string, after: string): Edit {
  const [old, now] = [[...before], [...after]];
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1;
  return { erased: old.length - same, typed: now.slice(same).join("") };
}
