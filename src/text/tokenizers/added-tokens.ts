// Added tokens in a text before it is normalised: leftmost first, of those the longest; alone as a word, or with the white space around them, where they ask for it. Knows no model.

/** An added token and how it is found. */
export interface AddedToken {
  readonly id: number;
  readonly text: string;
  /** Found only where special tokens are asked for. */
  readonly special: boolean;
  readonly singleWord?: boolean;
  /** Takes the white space before it. */
  readonly left?: boolean;
  /** Takes the white space after it. */
  readonly right?: boolean;
}

interface Node {
  readonly children: Map<string, Node>;
  token?: AddedToken;
}

const isWord = (character: string | undefined) => character !== undefined && /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u.test(character);

/** Texts and ids, in their order. */
export type Split = (string | number)[];

/** A set of added tokens. */
export class AddedTokens {
  readonly #root: Node = { children: new Map() };
  readonly #always: Node = { children: new Map() };

  constructor(tokens: readonly AddedToken[]) {
    for (const token of tokens) {
      insert(this.#root, token);
      if (!token.special) insert(this.#always, token);
    }
  }

  /** Cuts the tokens out of a text. */
  split(text: string, special: boolean): Split {
    const root = special ? this.#root : this.#always;
    const parts: Split = [];
    if (root.children.size === 0) return text === "" ? parts : [text];
    let done = 0;
    for (let at = 0; at < text.length; ) {
      const found = longestAt(root, text, at);
      if (found === undefined) {
        at++;
        continue;
      }
      const end = at + found.text.length;
      if (found.singleWord && (isWord(text[at - 1]) || isWord(text[end]))) {
        at = end;
        continue;
      }
      const start = found.left ? done + text.slice(done, at).trimEnd().length : at;
      if (start > done) parts.push(text.slice(done, start));
      parts.push(found.id);
      done = found.right ? text.length - text.slice(end).trimStart().length : end;
      at = done;
    }
    if (done < text.length) parts.push(text.slice(done));
    return parts;
  }
}

function insert(root: Node, token: AddedToken): void {
  let node = root;
  for (const unit of token.text.split("")) {
    let child = node.children.get(unit);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(unit, child);
    }
    node = child;
  }
  node.token ??= token;
}

function longestAt(root: Node, text: string, from: number): AddedToken | undefined {
  let found: AddedToken | undefined;
  let node: Node | undefined = root;
  for (let at = from; at < text.length; at++) {
    node = node.children.get(text[at]);
    if (node === undefined) break;
    found = node.token ?? found;
  }
  return found;
}
