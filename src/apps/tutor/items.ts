// Items from a source: multiple choice, cloze and short answers, each with its key where the source has it. Knows no learners.
import { createHash } from "node:crypto";
import { aSignal, type Language, listOf, oneOf, type Rules, readOptions, uniform, whole } from "../../core/index.ts";
import { bloomLevel } from "./bloom.ts";
import { type AskedSentence, askedSentences, type KeyCandidate, sourceLanguage } from "./candidates.ts";
import { distractorsFor } from "./distractors.ts";
import { type ItemType, itemTypes, type TutorItem, type TutorSource } from "./types.ts";

/** Which items. */
export interface ItemOptions {
  /** At most so many. Default 10. */
  readonly count?: number;
  /** Default: all, in turn. */
  readonly types?: readonly ItemType[];
  /** Decides choices and their order. Default 0. */
  readonly seed?: number;
  /** Default: what the source is written in. */
  readonly language?: Language;
  readonly signal?: AbortSignal;
}

const rules: Rules<ItemOptions> = {
  count: whole(1, 1000),
  types: listOf(oneOf(itemTypes), 1),
  seed: whole(0),
  language: oneOf(["en", "zh"]),
  signal: aSignal,
};

interface Draft extends Pick<TutorItem, "type" | "question" | "key" | "keyStart" | "keyEnd" | "distractors" | "concept"> {
  readonly sentence: AskedSentence;
  readonly near: number;
}

const gap = "____";
/** Keys of a kind among which distractors are looked for. */
const mostPooled = 500;

/**
 * Items of a source. Every key is a slice of it, and none that the sentence says elsewhere; a multiple choice has three distractors of the key's kind that the sentence does not say.
 * A source without a sentence to ask about gives none.
 *
 * Errors: E_OPTION, E_OPTION_UNKNOWN; the signal's reason.
 *
 * @example
 * const text = "Photosynthesis is the process by which plants make sugar from light. Marie Curie discovered radium in 1898 in Paris.";
 * const items = await tutorItems({ text }, { types: ["cloze"] });
 * items.every(({ key, keyStart, keyEnd }) => text.slice(keyStart, keyEnd) === key); // true
 */
export async function tutorItems({ text, document = "" }: TutorSource, options: ItemOptions = {}): Promise<TutorItem[]> {
  const { count = 10, types = itemTypes, seed = 0, language = sourceLanguage(text), signal } = readOptions("tutorItems", options, rules);
  const read = await askedSentences(text, language);
  const often = countsOf(read.flatMap(({ keys }) => keys));
  // What a source says again is asked once.
  const sentences = [...new Map(read.toReversed().map((sentence) => [sentence.text, sentence])).values()].reverse();
  const all = pooled(
    sentences.flatMap(({ keys }) => keys),
    often,
  );
  const written = new Set(text.match(/\p{L}+/gu));
  const drafts: Draft[] = [];
  for (const [i, sentence] of sentences.entries()) {
    if (i % 50 === 49) await new Promise((next) => setImmediate(next));
    signal?.throwIfAborted();
    if (types.includes("short-answer")) drafts.push(...shortAnswers(sentence, language, written));
    for (const key of sentence.keys) drafts.push(...keyed(sentence, key, { all, language, seed, types }));
  }
  return spread(drafts, types, count, often).map((draft) => finished(draft, { document, language, seed, often }));
}

function countsOf(keys: readonly KeyCandidate[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of keys) counts.set(text.toLowerCase(), (counts.get(text.toLowerCase()) ?? 0) + 1);
  return counts;
}

// Of each kind the commonest, each once, in their order: long sources have more than anyone could confuse.
function pooled(keys: readonly KeyCandidate[], often: ReadonlyMap<string, number>): KeyCandidate[] {
  const once = new Map<string, KeyCandidate>();
  for (const key of keys) {
    const name = `${key.kind} ${key.text.toLowerCase()}`;
    if (!once.has(name)) once.set(name, key);
  }
  const countOf = ({ text }: KeyCandidate): number => often.get(text.toLowerCase()) ?? 1;
  const kept = new Set<KeyCandidate>();
  for (const kind of new Set(keys.map((key) => key.kind))) {
    const own = [...once.values()].filter((key) => key.kind === kind);
    for (const key of own.sort((a, b) => countOf(b) - countOf(a)).slice(0, mostPooled)) kept.add(key);
  }
  return [...once.values()].filter((key) => kept.has(key));
}

interface Keyed {
  readonly all: readonly KeyCandidate[];
  readonly language: Language;
  readonly seed: number;
  readonly types: readonly ItemType[];
}

function keyed(sentence: AskedSentence, key: KeyCandidate, { all, language, seed, types }: Keyed): Draft[] {
  const at = key.start - sentence.start;
  const blank = `${sentence.text.slice(0, at)}${gap}${sentence.text.slice(at + key.text.length)}`;
  const common = { sentence, key: key.text, keyStart: key.start, keyEnd: key.end, concept: conceptOf(sentence, key) };
  const found: Draft[] = [];
  if (types.includes("multiple-choice")) {
    const { texts, near } = distractorsFor(key, sentence, all, seed);
    const question = language === "zh" ? `下列哪一项应填入空格？${blank}` : `Which of these fills the gap? ${blank}`;
    if (texts.length === 3) found.push({ ...common, type: "multiple-choice", question, distractors: texts, near });
  }
  if (types.includes("cloze"))
    found.push({ ...common, type: "cloze", question: language === "zh" ? `填空：${blank}` : `Fill the gap: ${blank}`, distractors: [], near: 0 });
  return found;
}

// What a sentence is about is its first term or name; of a number, what it is said of.
function conceptOf({ keys }: AskedSentence, key: KeyCandidate): string {
  const about = key.kind === "term" || key.kind === "name" ? key : (keys.find(({ kind }) => kind === "name" || kind === "term") ?? key);
  return about.text.toLowerCase();
}

const shapes: Readonly<Record<Language, readonly { readonly pattern: RegExp; readonly ask: (about: string, verb: string) => string }[]>> = {
  en: [
    {
      pattern:
        /^(?<about>(?:(?:The|A|An) )?[A-Z]?[\p{L}-]+(?: [\p{L}-]+){0,3}) (?<verb>is|are|was|were) (?<key>(?:an?|the|any|one of) [^.;]{8,200}?)(?=[.;]|$)/u,
      // As the sentence has it: "Paris is", "cells are".
      ask: (about, verb) => `What ${/^(?:are|were)$/.test(verb) ? "are" : "is"} ${about}?`,
    },
    { pattern: /^(?<about>[^.;]{12,160}?),? because (?<key>[^.;]{8,160}?)(?=[.;]|$)/u, ask: (about) => `Why is it that ${about}?` },
  ],
  zh: [
    {
      pattern: /^(?<about>[\p{Script=Han}A-Za-z]{2,12}?)(?:是指|是|指的是|指)(?<key>(?:一种|一个|一类|由|指|以|用|在)?[^。；]{6,80}?)(?=[。；]|$)/u,
      ask: (about) => `什么是${about}？`,
    },
    {
      pattern: /^(?:因为|由于)(?<key>[^，。；]{4,60})[，,](?:所以|因此|因而)?(?<about>[^。；]{4,60}?)(?=[。；]|$)/u,
      ask: (about) => `为什么${about}？`,
    },
  ],
};

// The first word of a sentence keeps its capital only where the source never writes it small: a name, as far as one can tell.
function lowered(text: string, written: ReadonlySet<string>): string {
  const small = text[0].toLowerCase() + text.slice(1);
  const [first] = small.split(" ");
  const isSmall = /^(?:the|an?|in|on|at|for|when|while|most|many|some|all|every|each)$/.test(first);
  return isSmall || (first.match(/\p{L}+/gu) ?? []).every((part) => written.has(part)) ? small : text;
}

function shortAnswers(sentence: AskedSentence, language: Language, written: ReadonlySet<string>): Draft[] {
  for (const { pattern, ask } of shapes[language]) {
    const groups = pattern.exec(sentence.text)?.groups;
    if (groups === undefined) continue;
    const { about, key } = groups;
    if (
      /^(?:There|Here|What|Who|One|Some|Many|这|那|其|它|他|她|有|不|也|都)/.test(about) ||
      /(?:不|都|也|就|还|只|便|正|总|更|才|并|可能|应该)$/.test(about)
    )
      continue;
    const at = sentence.start + sentence.text.indexOf(key, language === "zh" && key !== groups.about ? 0 : about.length);
    const question = ask(language === "zh" ? about : lowered(about, written), groups.verb ?? "");
    return [
      {
        sentence,
        type: "short-answer",
        question,
        key,
        keyStart: at,
        keyEnd: at + key.length,
        distractors: [],
        concept: about.replace(/^(?:The|An?) /, "").toLowerCase(),
        near: 0.5,
      },
    ];
  }
  return [];
}

// Kinds in turn, the scarcest first, sentences before second items of one sentence, keys that were not asked for yet first.
function spread(drafts: readonly Draft[], types: readonly ItemType[], count: number, often: ReadonlyMap<string, number>): Draft[] {
  const lines = types
    .map((type) => drafts.filter((draft) => draft.type === type).sort((a, b) => worth(b, often) - worth(a, often)))
    .sort((a, b) => a.length - b.length);
  const used = new Map<number, number>();
  const keys = new Set<string>();
  const chosen: Draft[] = [];
  for (let most = 1; chosen.length < count && most <= 3; most++)
    for (let moved = true; moved && chosen.length < count; ) {
      moved = false;
      for (const line of lines) {
        const at = line.findIndex(({ sentence, key }) => (used.get(sentence.start) ?? 0) < most && !keys.has(key.toLowerCase()));
        if (at < 0 || chosen.length >= count) continue;
        const [draft] = line.splice(at, 1);
        used.set(draft.sentence.start, (used.get(draft.sentence.start) ?? 0) + 1);
        keys.add(draft.key.toLowerCase());
        chosen.push(draft);
        moved = true;
      }
    }
  return chosen.sort((a, b) => a.sentence.start - b.sentence.start || a.keyStart - b.keyStart);
}

const worth = ({ key, near }: Draft, often: ReadonlyMap<string, number>): number => Math.min(3, often.get(key.toLowerCase()) ?? 1) + near;

function finished(
  draft: Draft,
  { document, language, seed, often }: { document: string; language: Language; seed: number; often: ReadonlyMap<string, number> },
): TutorItem {
  const { sentence, near, ...rest } = draft;
  const id = createHash("sha256")
    .update(JSON.stringify([rest.type, sentence.text, rest.key]))
    .digest("hex")
    .slice(0, 12);
  return {
    id,
    ...rest,
    choices: rest.distractors.length === 0 ? [] : shuffled([rest.key, ...rest.distractors], seed, sentence.start),
    sentence: sentence.text,
    start: sentence.start,
    end: sentence.end,
    document,
    difficulty: difficultyOf(draft, language, often.get(rest.key.toLowerCase()) ?? 1),
    bloom: rest.type === "short-answer" ? bloomLevel(rest.question) : "remember",
    language,
  };
}

function shuffled(texts: readonly string[], seed: number, stream: number): string[] {
  const order = texts.map((text, i) => ({ text, at: uniform(seed, 0, stream, i) }));
  return order.sort((a, b) => a.at - b.at).map(({ text }) => text);
}

function difficultyOf({ type, sentence, near, key }: Draft, language: Language, often: number): number {
  const long = Math.min(1, sentence.text.length / (language === "zh" ? 80 : 220));
  const base = { "multiple-choice": 0.1, cloze: 0.3, "short-answer": 0.4 }[type];
  const size = Math.min(1, key.length / (language === "zh" ? 20 : 60));
  return Math.round(Math.min(1, base + 0.25 / often + 0.15 * long + 0.2 * near + 0.1 * size) * 100) / 100;
}
