// Scopes that free what was made in them. Knows no tensors beyond that they can be disposed of.

interface Disposable {
  dispose(): void;
}

const scopes: Set<Disposable>[] = [];

/** Enters a tensor into the innermost scope. */
export function enterScope(made: Disposable): void {
  scopes.at(-1)?.add(made);
}

/**
 * Runs `fn` outside of any scope: what it makes lives until it is disposed of.
 *
 * @example
 * tidy(() => [outsideScopes(() => tensor([1, 2]))].map((kept) => kept.size)); // [2]
 */
export function outsideScopes<T>(fn: () => T): T {
  const held = scopes.splice(0);
  try {
    return fn();
  } finally {
    scopes.push(...held);
  }
}

/**
 * Runs `fn` and frees every tensor that was made in it, except those it returns (a tensor, or arrays and plain objects of them).
 *
 * @example
 * const x = tensor([1, 2]);
 * tidy(() => add(add(x, x), x)).dataSync(); // [3, 6]
 */
export function tidy<T>(fn: () => T): T {
  const scope = new Set<Disposable>();
  scopes.push(scope);
  const kept = new Set<unknown>();
  try {
    const result = fn();
    collect(result, kept);
    return result;
  } finally {
    scopes.pop();
    for (const made of scope) {
      if (kept.has(made)) enterScope(made);
      else made.dispose();
    }
  }
}

/**
 * Runs `fn` and gives its result with a function that frees every tensor that was made in it: for recordings, whose tensors live as long as they run.
 *
 * @example
 * const x = tensor([1, 2]);
 * const [sum, release] = collecting(() => add(x, x));
 * sum.dataSync(); // [2, 4]
 * release();
 */
export function collecting<T>(fn: () => T): readonly [result: T, release: () => void] {
  const scope = new Set<Disposable>();
  scopes.push(scope);
  try {
    return [
      fn(),
      () => {
        for (const made of scope) made.dispose();
        scope.clear();
      },
    ];
  } finally {
    scopes.pop();
  }
}

// All objects within a result: arrays and plain objects are looked into.
function collect(value: unknown, into: Set<unknown>): void {
  if (typeof value !== "object" || value === null || into.has(value)) return;
  into.add(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) for (const part of Object.values(value)) collect(part, into);
}
