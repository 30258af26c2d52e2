// Exact duplicates: a text that came before is dropped. Remembers hashes, not texts.
import { createHash } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import type { CleanStep } from "./step.ts";

/** A set of 64-bit keys in two generations: the last `capacity / 2` at least are remembered, in bounded memory (16 bytes a key of capacity, less while it is small). */
class RecentKeys {
  readonly #half: number;
  #young: KeyTable = new KeyTable(1024);
  #old: KeyTable | undefined;
  /** Keys that were forgotten. */
  forgotten = 0;

  constructor(capacity: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2));
  }

  /** Adds a key; whether it was there. */
  add(low: number, high: number): boolean {
    if (this.#young.has(low, high)) return true;
    const known = this.#old?.has(low, high) === true;
    if (this.#young.size >= this.#half) {
      this.forgotten += this.#old?.size ?? 0;
      this.#old = this.#young;
      this.#young = new KeyTable(1024);
    }
    this.#young.add(low, high);
    return known;
  }
}

// Open addressing over pairs of words; 0, 0 is an empty place.
class KeyTable {
  #keys: Uint32Array;
  size = 0;

  constructor(places: number) {
    this.#keys = new Uint32Array(places * 2);
  }

  has(low: number, high: number): boolean {
    const at = this.#place(low, high || 1);
    return this.#keys[at] !== 0 || this.#keys[at + 1] !== 0;
  }

  add(low: number, high: number): void {
    if (this.size * 3 >= this.#keys.length) this.#grow();
    const at = this.#place(low, high || 1);
    this.#keys[at] = low;
    this.#keys[at + 1] = high || 1;
    this.size++;
  }

  #place(low: number, high: number): number {
    const mask = this.#keys.length / 2 - 1;
    for (let i = low & mask; ; i = (i + 1) & mask) {
      const at = i * 2;
      if ((this.#keys[at] === 0 && this.#keys[at + 1] === 0) || (this.#keys[at] === low >>> 0 && this.#keys[at + 1] === high >>> 0)) return at;
    }
  }

  #grow(): void {
    const old = this.#keys;
    this.#keys = new Uint32Array(old.length * 2);
    this.size = 0;
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0 || old[at + 1] !== 0) this.add(old[at], old[at + 1]);
  }
}

/** How many texts a step remembers at most, by default. */
const rememberedTexts: number = 8_000_000;

/**
 * Drops a text that equals an earlier one, to the character: put `normalForm`, `whitespace` or `lowerCase` before it to compare more loosely. One change a dropped text.
 *
 * A text is remembered as 64 bits of its SHA-256, and at least the last `capacity / 2` different ones (default: 8 million, in some 200 MB); among n texts two different ones
 * are taken for equal with a probability of n² / 2^65. Errors: E_OPTION.
 *
 * @example
 * cleanTexts(["ink", "pen", "ink"], [duplicates()]); // ["ink", "pen"]
 */
export function duplicates({ capacity = rememberedTexts }: { readonly capacity?: number } = {}): CleanStep {
  if (!Number.isInteger(capacity) || capacity < 2)
    throw new InkstoneError("E_OPTION", { option: "capacity", value: capacity, allowed: { en: "whole numbers from 2", zh: "从 2 起的整数" } });
  return {
    name: "duplicates",
    open: () => {
      const keys = new RecentKeys(capacity);
      return (text) => {
        const digest = createHash("sha256").update(text, "utf16le").digest();
        const known = keys.add(digest.readUInt32LE(0), digest.readUInt32LE(4));
        return { text: known ? undefined : text, changes: known ? 1 : 0 };
      };
    },
  };
}
