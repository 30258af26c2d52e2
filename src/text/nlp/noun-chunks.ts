// Noun phrases by the tags of their words. Knows tags, not grammar.

interface Tagged {
  readonly pos: string;
  readonly start: number;
  readonly end: number;
}

const heads = new Set(["NOUN", "PROPN"]);
const inside = new Set(["ADJ", "NOUN", "PROPN", "NUM"]);
const openers = new Set(["DET", "NUM", "ADJ", "NOUN", "PROPN"]);

/** First and last word of each run "(DET)? (NUM | ADJ | NOUN | PROPN)* (NOUN | PROPN)", the longest ones. */
export function chunksOf<T extends Tagged>(tokens: readonly T[]): (readonly [first: T, last: T])[] {
  const chunks: (readonly [T, T])[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!openers.has(tokens[i].pos)) continue;
    let end = i + 1;
    while (end < tokens.length && inside.has(tokens[end].pos)) end++;
    let last = end - 1;
    while (last >= i && !heads.has(tokens[last].pos)) last--;
    if (last >= i) chunks.push([tokens[i], tokens[last]]);
    i = end - 1;
  }
  return chunks;
}
