// What the page remembers between visits. A browser that keeps nothing (private windows, full storage) is no reason to fail.

/** What was kept under a name, if anything. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(`inkstone.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name; `undefined` forgets it. */
export function keep(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`inkstone.${name}`);
    else localStorage.setItem(`inkstone.${name}`, value);
  } catch {
    // it is for this visit only, then
  }
}
