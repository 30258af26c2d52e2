// The boundary of the services "vocabulary" and "grammar": which tokens may come next so that an answer keeps to a form. Native only: native/services/src/grammar.rs.
import { packArrays } from "./arrays.ts";

/** What a form is written in. */
export const grammarKinds = { schema: 0, regex: 1, lark: 2 } as const;

/** `number` of a vocabulary: one word. `mask` of a grammar: a bit a token, 1 where it may come next. `take`: a token; gives 1 where nothing may follow but an end, else 0. */
export const grammarMethods = { number: 0, mask: 0, take: 1 } as const;

/** What a vocabulary is made of. */
export interface GrammarVocabulary {
  /** Bytes of each token; none: it never comes. */
  readonly tokens: readonly Uint8Array[];
  /** Control tokens: never part of a text. */
  readonly control: ReadonlySet<number>;
  /** Tokens that end an answer. */
  readonly ends: readonly number[];
}

/** Configuration of a "vocabulary" as bytes: offsets and bytes of the tokens, which are control tokens, which end an answer. */
export function packVocabulary({ tokens, control, ends }: GrammarVocabulary): Uint8Array {
  const offsets = new Uint32Array(tokens.length + 1);
  for (const [id, { length }] of tokens.entries()) offsets[id + 1] = offsets[id] + length;
  const bytes = new Uint8Array(offsets[tokens.length]);
  for (const [id, token] of tokens.entries()) bytes.set(token, offsets[id]);
  return packArrays([offsets, bytes, Uint8Array.from(tokens, (_, id) => (control.has(id) ? 1 : 0)), Uint32Array.from(ends)]);
}

/** Configuration of a "grammar" as bytes. */
export function packGrammar(vocabulary: number, kind: keyof typeof grammarKinds, text: string): Uint8Array {
  return packArrays([Uint32Array.of(vocabulary, grammarKinds[kind]), new Uint8Array(Buffer.from(text, "utf8"))]);
}
