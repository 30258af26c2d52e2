// Recordings by what they depend on. Knows none.

/** Things by key, the least recently used ones freed once there are more than so many. */
export class Recent<T extends { dispose(): void }> {
  readonly #kept = new Map<string, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => T): T {
    const found = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    for (const [old, one] of this.#kept) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(old);
      one.dispose();
    }
    return found;
  }

  dispose(): void {
    for (const one of this.#kept.values()) one.dispose();
    this.#kept.clear();
  }
}
