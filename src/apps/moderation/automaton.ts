// All of many words in one walk over a text: Aho and Corasick's automaton in a double array. Knows numbers only. Source: Aho & Corasick 1975; Aoe 1989.

interface Node {
  readonly next: Map<number, Node>;
  fail: Node | undefined;
  /** Words that end here. */
  words: number[];
  place: number;
}

const fresh = (): Node => ({ next: new Map(), fail: undefined, words: [], place: 0 });

/** The automaton as arrays: from state s with symbol c to base[s] + c, if that is a child of s. State 1 is the root. */
export interface Automaton {
  readonly base: Int32Array;
  readonly check: Int32Array;
  readonly fail: Int32Array;
  /** 1 + place in `lists` of the words that end in a state, ended by -1; 0 for none. */
  readonly output: Int32Array;
  readonly lists: Int32Array;
}

/** Builds the automaton of words, each a list of symbols from 1. */
export function buildAutomaton(words: readonly (readonly number[])[]): Automaton {
  const root = fresh();
  for (const [id, symbols] of words.entries()) {
    let node = root;
    for (const symbol of symbols) {
      let next = node.next.get(symbol);
      if (next === undefined) {
        next = fresh();
        node.next.set(symbol, next);
      }
      node = next;
    }
    node.words.push(id);
  }
  const order = linked(root);
  return placed(root, order);
}

// Breadth first: the failure of a child is where its symbol leads from the failure of its parent; it ends what its failure ends, too.
function linked(root: Node): Node[] {
  const order: Node[] = [root];
  for (const node of order) {
    for (const [symbol, child] of node.next) {
      let fail = node.fail;
      while (fail !== undefined && !fail.next.has(symbol)) fail = fail.fail;
      child.fail = fail?.next.get(symbol) ?? root;
      child.words = [...child.words, ...child.fail.words];
      order.push(child);
    }
  }
  return order;
}

function placed(root: Node, order: readonly Node[]): Automaton {
  const used: number[] = [1, 1];
  const base: number[] = [0, 0];
  const check: number[] = [0, 0];
  root.place = 1;
  let free = 2;
  for (const node of order) {
    const symbols = [...node.next.keys()].sort((a, b) => a - b);
    if (symbols.length === 0) continue;
    while (used[free]) free++;
    let at = Math.max(1, free - symbols[0]);
    while (symbols.some((symbol) => used[at + symbol])) at++;
    base[node.place] = at;
    for (const symbol of symbols) {
      const place = at + symbol;
      used[place] = 1;
      check[place] = node.place;
      node.next.get(symbol)!.place = place;
    }
  }
  const widest = order.reduce((most, node) => Math.max(most, ...node.next.keys()), 0);
  const size = used.length + widest + 2;
  const made = { base: new Int32Array(size), check: new Int32Array(size), fail: new Int32Array(size), output: new Int32Array(size) };
  const lists: number[] = [];
  for (const node of order) {
    made.base[node.place] = base[node.place] ?? 0;
    made.check[node.place] = check[node.place] ?? 0;
    made.fail[node.place] = node.fail?.place ?? 0;
    if (node.words.length === 0) continue;
    made.output[node.place] = lists.length + 1;
    lists.push(...node.words, -1);
  }
  return { ...made, lists: Int32Array.from(lists) };
}
