// Scopes that free what was made in them. Knows no tensors beyond that they can be disposed of.
import { InkstoneError } from "../core/index.ts";

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

/** What was made while a function ran. */
export class Scope {
  readonly made: Set<Disposable> = new Set();

  /** Runs `fn`, which is not to wait for anything, with what it makes entering this scope. Errors: `E_SCOPE` where it gives a promise. */
  within<T>(fn: () => T): T {
    scopes.push(this.made);
    try {
      const result = fn();
      if (isPromise(result)) {
        // What it makes from here on has no scope; its own failure is not the news.
        result.then(undefined, () => undefined);
        throw new InkstoneError("E_SCOPE", {});
      }
      return result;
    } finally {
      scopes.pop();
    }
  }

  /** Frees what was made, except `kept`, which goes to the scope around. */
  end(kept: ReadonlySet<unknown> = new Set()): void {
    for (const made of this.made) {
      if (kept.has(made)) enterScope(made);
      else made.dispose();
    }
    this.made.clear();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/**
 * Runs `fn` and frees every tensor that was made in it, except those it returns (a tensor, or arrays and plain objects of them).
 * `fn` is not to wait for anything. Errors: `E_SCOPE` where it gives a promise.
 *
 * @example
 * const x = tensor([1, 2]);
 * tidy(() => add(add(x, x), x)).dataSync(); // [3, 6]
 */
export function tidy<T>(fn: () => T): T {
  const scope = new Scope();
  const kept = new Set<unknown>();
  try {
    const result = scope.within(fn);
    collect(result, kept);
    return result;
  } finally {
    scope.end(kept);
  }
}

// All objects within a result: arrays and plain objects are looked into.
function collect(value: unknown, into: Set<unknown>): void {
  if (typeof value !== "object" || value === null || into.has(value)) return;
  into.add(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) for (const part of Object.values(value)) collect(part, into);
}
