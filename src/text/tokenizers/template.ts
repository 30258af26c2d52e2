// What stands around texts when a model reads them: [CLS] a [SEP] b [SEP] and its kin. Knows no file.
import type { ModelInput } from "./tokenizer.ts";

/** A special token, or the first or second text; and the type that its ids get. */
export type TemplatePart = { readonly id: number; readonly type: number } | { readonly text: 0 | 1; readonly type: number };

/** The parts for one text and for two. */
export interface Template {
  readonly single: readonly TemplatePart[];
  readonly pair: readonly TemplatePart[];
}

/** Nothing around a text; two one after the other. */
export const plainTemplate: Template = {
  single: [{ text: 0, type: 0 }],
  pair: [
    { text: 0, type: 0 },
    { text: 1, type: 1 },
  ],
};

/** `[CLS] a [SEP] b [SEP]`, types 0 and 1. */
export function bertTemplate(cls: number, sep: number): Template {
  const single: TemplatePart[] = [
    { id: cls, type: 0 },
    { text: 0, type: 0 },
    { id: sep, type: 0 },
  ];
  return { single, pair: [...single, { text: 1, type: 1 }, { id: sep, type: 1 }] };
}

/** Lengths that two texts keep so that together they have at most `most` ids: the longer one is cut first; what is odd stays with it, of equals with the second. */
function lengthsOf(first: number, second: number, most: number): [number, number] {
  if (first + second <= most) return [first, second];
  const shorter = Math.min(first, second);
  const short = 2 * shorter <= most ? shorter : Math.floor(most / 2);
  return first > second ? [most - short, short] : [short, most - short];
}

/**
 * Ids of one text or two as a template has them.
 *
 * @example
 * filled(bertTemplate(101, 102), [7, 8, 9], undefined, 4).ids; // [101, 7, 8, 102]
 */
export function filled(
  template: Template,
  first: readonly number[],
  second: readonly number[] | undefined,
  most: number = Number.POSITIVE_INFINITY,
): ModelInput {
  const parts = second === undefined ? template.single : template.pair;
  const room = Math.max(0, most - parts.filter((part) => "id" in part).length);
  const lengths = lengthsOf(first.length, second?.length ?? 0, room);
  const ids: number[] = [];
  const types: number[] = [];
  for (const part of parts) {
    const added = "id" in part ? [part.id] : (part.text === 0 ? first : (second ?? [])).slice(0, lengths[part.text]);
    for (const id of added) {
      ids.push(id);
      types.push(part.type);
    }
  }
  return { ids, types };
}
