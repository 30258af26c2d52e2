// Which computing of the same values this is: the first, or one that was asked for again to save memory. Knows no commands.

let latest = 0;
let current = 0;

/** 0, or a number of its own while something is computed again. */
export function generation(): number {
  return current;
}

/** Runs `fn` as computing again: a recording must not take the values of the first time for it, which would have to be kept. */
export function again<T>(fn: () => T): T {
  const held = current;
  current = ++latest;
  try {
    return fn();
  } finally {
    current = held;
  }
}
