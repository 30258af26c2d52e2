// Finding the text of added tokens in a text: leftmost first, of those the longest, by a trie over bytes. Twin: native/services/src/tokens/specials.rs.

/** Where an added token was found. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly id: number;
}

/** A set of token texts to be found. */
export class Specials {
  private readonly children: Map<number, number> = new Map();
  private readonly ids: number[] = [-1];

  /** Adds one; the first of equals stays. */
  add(text: Uint8Array, id: number): void {
    let node = 0;
    for (const byte of text) {
      const key = node * 256 + byte;
      let child = this.children.get(key);
      if (child === undefined) {
        child = this.ids.push(-1) - 1;
        this.children.set(key, child);
      }
      node = child;
    }
    if (this.ids[node] < 0) this.ids[node] = id;
  }

  /** The first of them from `from` on. */
  find(bytes: Uint8Array, from: number, end: number): Found | undefined {
    if (this.children.size === 0) return undefined;
    for (let start = from; start < end; start++) {
      let found: Found | undefined;
      let node: number | undefined = 0;
      for (let at = start; at < end; at++) {
        node = this.children.get(node * 256 + bytes[at]);
        if (node === undefined) break;
        if (this.ids[node] >= 0) found = { start, end: at + 1, id: this.ids[node] };
      }
      if (found) return found;
    }
    return undefined;
  }
}
