// What the page remembers between visits. A browser that keeps nothing (private windows, full storage) is no reason to fail.

/** What was kept under a name, if anything. */
export function recall(name: string, where: Storage | undefined = place()): string | undefined {
  try {
    return where?.getItem(`inkstone.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name; `undefined` forgets it. */
export function keep(name: string, value: string | undefined, where: Storage | undefined = place()): void {
  try {
    if (value === undefined) where?.removeItem(`inkstone.${name}`);
    else where?.setItem(`inkstone.${name}`, value);
  } catch {
    // it is for this visit only, then
  }
}

export const forget = (name: string): void => keep(name, undefined);

/** The names that begin with a prefix. */
export function names(prefix: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(`inkstone.${prefix}`))
      .map((key) => key.slice("inkstone.".length));
  } catch {
    return [];
  }
}

function place(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
