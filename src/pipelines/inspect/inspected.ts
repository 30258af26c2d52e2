// What can be looked at in a model, whatever it is: its weights, the vectors of its tokens, why it says what it says. Knows no files and no terminal.
import type { WordVectors } from "../../classical/index.ts";
import type { SourceAttribution } from "../sequence-to-sequence/inside.ts";
import type { SequenceAttention } from "../sequence-to-sequence/sequence-to-sequence.ts";
import { type TokenTable, textIds, wordIds } from "../token-table.ts";

/** A weight, or several that differ in the number of their layer only. */
export interface InspectedWeight {
  /** `layers.{0-29}.attention.query.weight` stands for thirty. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  /** How many there are of this name. */
  readonly count: number;
  /** Values of all of them. */
  readonly parameters: number;
}

/** A vocabulary, and how it begins. */
export interface InspectedVocabulary {
  readonly name: string;
  readonly size: number;
  readonly width: number;
  readonly first: readonly string[];
}

/** What is inside. */
export interface ModelFacts {
  readonly kind: "sequence-to-sequence" | "sequential" | "gguf" | "text-classifier";
  readonly name: string;
  readonly parameters: number;
  /** Choices or hyper-parameters by their own names. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly weights: readonly InspectedWeight[];
  readonly vocabularies: readonly InspectedVocabulary[];
  /** What a classifier tells apart, with how many examples of each it learned from. */
  readonly labels?: readonly { readonly label: string | number; readonly count?: number }[];
}

/** An opened model. What a kind of model cannot show is not there. */
export interface Inspected {
  readonly facts: ModelFacts;
  /** Keras's table of layers. */
  readonly summary?: string;
  /** Vectors of tokens; none where no tokenizer is known. */
  readonly tables: readonly TokenTable[];
  sentenceVectors?(texts: readonly string[], signal?: AbortSignal): Promise<WordVectors>;
  attention?(text: string): Promise<SequenceAttention>;
  why?(text: string): Promise<SourceAttribution>;
  dispose(): void;
}

/** How many tokens of a vocabulary are told. */
const FIRST = 8;

/** What is to be told of tables. */
export function vocabulariesOf(tables: readonly TokenTable[]): InspectedVocabulary[] {
  return tables.map((table) => {
    const { name, tokenizer, shape, first } = table;
    const size = Math.min(tokenizer.vocabularySize, shape[0] - first);
    const ids = wordIds(table, FIRST);
    return { name, size, width: shape[1], first: tokenizer.tokens(ids.length > 0 ? ids : textIds(table, FIRST)) };
  });
}

/** Weights of one kind in one row: those whose names differ in one number only, with one shape and type. */
export function foldWeights(
  weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly type: string }[],
): InspectedWeight[] {
  const rows = new Map<string, { name: string; numbers: number[]; shape: readonly number[]; type: string }>();
  for (const { name, shape, type } of weights) {
    const number = /(?<=\.)\d+(?=\.)/.exec(name);
    const key = `${number ? name.replace(`.${number[0]}.`, ".{}.") : name}|${shape}|${type}`;
    const row = rows.get(key) ?? { name, numbers: [], shape, type };
    if (number) row.numbers.push(Number(number[0]));
    rows.set(key, row);
  }
  return [...rows.values()].map(({ name, numbers, shape, type }) => {
    const count = Math.max(1, numbers.length);
    const parameters = shape.reduce((product, size) => product * size, count);
    const folded = count > 1 ? name.replace(`.${numbers[0]}.`, `.{${runs(numbers)}}.`) : name;
    return { name: folded, shape, type, count, parameters };
  });
}

// 0, 1, 2, 5 as "0-2,5".
function runs(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = parts[parts.length - 1];
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}
