// Which vectors a question is about: tokens of a vocabulary, or sentences. Knows models as they are looked at; writes nothing.
import type { WordVectors } from "../../classical/index.ts";
import { InkstoneError } from "../../core/index.ts";
import { type Inspected, type TokenTable, tableVectors, textIds, tokenOf, wordIds } from "../../pipelines/index.ts";
import { readTextFile } from "../input.ts";
import type { InspectFlags } from "./flags.ts";

/** Most tokens that are looked at unasked: ids rise from frequent to rare. */
const USUAL = 20_000;
/** Most numbers in one answer: 128 MiB of f32. */
const MOST = 1 << 25;
const mostText = 64 << 20;

/** Vectors that were found, and what they are of. */
export interface FoundVectors {
  readonly vectors: WordVectors;
  readonly what: "tokens" | "sentences";
  /** The names of what was asked for, in order. */
  readonly asked: readonly string[];
  /** How many there are in all. */
  readonly of: number;
}

/** The vectors that `flags` are about, those of `asked` among them. `count`: most of them that were not asked for. Errors: E_USAGE, E_OPTION, E_INPUT_*. */
export async function findVectors(
  model: Inspected,
  flags: InspectFlags,
  { option, asked, count = flags.tokens ?? USUAL, signal }: { option: string; asked: readonly string[]; count?: number; signal: AbortSignal },
): Promise<FoundVectors> {
  if (flags.sentences !== undefined) {
    const lines = (await readTextFile(flags.sentences, mostText)).split(/\r?\n/).map((line) => line.trim());
    const texts = [...new Set([...asked, ...lines.filter((line) => line !== "")])];
    if (texts.length === 0) throw new InkstoneError("E_INPUT_EMPTY", { what: [flags.sentences] });
    return ofSentences(model, texts, asked, signal);
  }
  const table = tableFor(model, flags, asked);
  if (table) return ofTokens(table, asked, { count, explicit: flags.tokens !== undefined, choose: option === "--words" ? wordIds : textIds });
  if (option === "--similarity" && model.sentenceVectors) return ofSentences(model, [...new Set(asked)], asked, signal);
  const [table0] = model.tables;
  const [{ name }, size] = [table0, textIds(table0).length];
  const unknown = asked.find((word) => tokenOf(table0, word) === undefined) ?? asked[0];
  throw new InkstoneError("E_OPTION", {
    option,
    value: unknown,
    allowed: { en: `one token of the ${name} (it has ${size})`, zh: `${name} 的词元之一（共 ${size} 个）` },
  });
}

async function ofSentences(model: Inspected, texts: readonly string[], asked: readonly string[], signal: AbortSignal): Promise<FoundVectors> {
  if (model.sentenceVectors === undefined) throw cannot(model, "--sentences");
  return { vectors: await model.sentenceVectors(texts, signal), what: "sentences", asked, of: texts.length };
}

// The side that was named, or the first that has all of the words.
function tableFor(model: Inspected, { side }: InspectFlags, asked: readonly string[]): TokenTable | undefined {
  const { tables, facts } = model;
  if (tables.length === 0) throw cannot(model, facts.kind === "sequential" ? "--tokenizer" : "--nearest");
  const sides = side === undefined ? tables : tables.filter(({ name }) => name === side);
  if (sides.length === 0) {
    throw new InkstoneError("E_OPTION", { option: "--side", value: side, allowed: tables.map(({ name }) => name) });
  }
  return sides.find((table) => asked.every((word) => tokenOf(table, word) !== undefined));
}

function ofTokens(
  table: TokenTable,
  words: readonly string[],
  { count, explicit, choose }: { count: number; explicit: boolean; choose: typeof wordIds },
): FoundVectors {
  const most = Math.floor(MOST / table.shape[1]);
  if (explicit && count > most)
    throw new InkstoneError("E_OPTION", { option: "--tokens", value: count, allowed: { en: `at most ${most}`, zh: `不超过 ${most}` } });
  const own = words.map((word) => tokenOf(table, word) as number);
  const ids = [...new Set([...own, ...choose(table, Math.min(count, most))])];
  const vectors = tableVectors(table, ids);
  return { vectors, what: "tokens", asked: own.map((id) => vectors.names[ids.indexOf(id)]), of: textIds(table).length };
}

/** What a kind of model cannot show, and what could. */
export function cannot(model: Inspected, option: string): InkstoneError {
  const { name, kind } = model.facts;
  const why =
    option === "--attention"
      ? { en: `${name} is no SequenceToSequence, which --attention is for.`, zh: `${name} 不是 SequenceToSequence，无法使用 --attention。` }
      : kind === "sequential"
        ? {
            en: `${name} has no Embedding with a tokenizer: put tokenizer.json beside it, or give one with --tokenizer.`,
            zh: `${name} 没有带分词器的 Embedding：请将 tokenizer.json 放在旁边，或用 --tokenizer 指定。`,
          }
        : {
            en: `${name} is a ${kind} model, which ${option} is not for.`,
            zh: `${name} 是${kind === "text-classifier" ? "文本分类器" : ` ${kind} 模型`}，无法使用 ${option}。`,
          };
  return new InkstoneError("E_USAGE", { why });
}
