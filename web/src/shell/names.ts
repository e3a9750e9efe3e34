// Names that repeat are told apart by a number. Pure.

/** For each name its place among the equal ones, from 1; null where it is the only one. */
export function ordinals(names: readonly string[]): (number | null)[] {
  return names.map((name, index) => {
    const isAlone = names.indexOf(name) === names.lastIndexOf(name);
    return isAlone ? null : names.slice(0, index + 1).filter((other) => other === name).length;
  });
}
