// Texts and their ids as a trie over bytes: all that begin at a place, in one walk. Twin: native/services/src/tokens/trie.rs.

/** The trie. */
export class Trie {
  readonly #children: Map<number, number> = new Map();
  readonly #ids: number[] = [-1];

  /** Adds a text; the first of equals counts, an empty one counts for nothing. */
  add(text: Uint8Array, id: number): void {
    let node = 0;
    for (const byte of text) {
      const key = node * 256 + byte;
      let child = this.#children.get(key);
      if (child === undefined) {
        child = this.#ids.push(-1) - 1;
        this.#children.set(key, child);
      }
      node = child;
    }
    if (node > 0 && this.#ids[node] < 0) this.#ids[node] = id;
  }

  /** Calls for every text that begins at `from`, the shortest first, with its end and id. */
  each(bytes: Uint8Array, from: number, end: number, found: (end: number, id: number) => void): void {
    let node: number | undefined = 0;
    for (let at = from; at < end; at++) {
      node = this.#children.get(node * 256 + bytes[at]);
      if (node === undefined) return;
      if (this.#ids[node] >= 0) found(at + 1, this.#ids[node]);
    }
  }
}
