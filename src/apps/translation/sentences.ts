// Sentences through a translator, each held against its source: from the memory, as it is, with terms set in, in pieces around what must stay; what fails them all is marked. Knows no files.
import { InkstoneError, type Language } from "../../core/index.ts";
import type { TextTranslator } from "../../generate/index.ts";
import { checkTranslation, confidenceOf, keptTokens, type TranslationProblem } from "./checks.ts";
import { type Glossary, termPattern } from "./glossary.ts";
import type { TranslationMemory } from "./memory.ts";

/** A sentence and its translation. */
export interface TranslatedSentence {
  readonly source: string;
  /** The best that was found; where `failed`, to be looked at by a person. */
  readonly target: string;
  /** From 0 to 1; see `confidenceOf`. */
  readonly confidence: number;
  /** It did not hold in any way that was tried. */
  readonly failed: boolean;
  readonly problems: readonly TranslationProblem[];
  readonly by: "memory" | "model" | "terms" | "pieces" | "kept";
}

/** How sentences are translated. */
export interface TranslateOptions {
  /** As the model takes it: "zh", "en", "de" … */
  readonly to: string;
  /** Default: Chinese where Han letters are, else "en". */
  readonly from?: string;
  readonly glossary?: Glossary;
  readonly memory?: TranslationMemory;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

const batch = 16;

/** The language of a sentence, as far as a direction needs it. */
export const languageOf = (text: string): Language => (/\p{Script=Han}/u.test(text) ? "zh" : "en");

/**
 * Translates sentences. Every number, tag, placeholder, link and term of the glossary is looked for in what comes back; a sentence that does not hold is tried again with its terms set in,
 * then in pieces around what must stay, and if nothing holds it is marked (`failed`), never passed over.
 *
 * Errors: E_OPTION for a language without a name; those of the translator and the memory; the signal's reason.
 *
 * @example
 * const words: Record<string, string> = { "Good day.": "你好。" };
 * const translator = { information: { name: "toy" }, translate: async (texts: readonly string[]) => texts.map((text) => words[text] ?? ""), close: async () => undefined };
 * (await translateSentences(translator, ["Good day."], { to: "zh" })).map(({ target, failed }) => [target, failed]); // [["你好。", false]]
 */
export async function translateSentences(
  translator: TextTranslator,
  sentences: readonly string[],
  options: TranslateOptions,
): Promise<TranslatedSentence[]> {
  const { to, from, memory, signal, onProgress } = options;
  if (!/^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/.test(to))
    throw new InkstoneError("E_OPTION", { option: "to", value: to, allowed: { en: "a language code as zh, en, de", zh: "语言代码，如 zh、en、de" } });
  const unique = [...new Set(sentences)];
  const found = new Map<string, TranslatedSentence>();
  for (const source of unique) {
    const direction = { from: from ?? languageOf(source), to, model: translator.information.name };
    const kept = wordless(source) ? source : await memory?.find(source, direction);
    if (kept === undefined) continue;
    const held = judged(source, kept, wordless(source) ? "kept" : "memory", options);
    if (!held.failed) found.set(source, held);
  }
  const left = unique.filter((source) => !found.has(source));
  for (let at = 0; at < left.length; at += batch) {
    signal?.throwIfAborted();
    onProgress?.({ done: at, total: left.length });
    const part = left.slice(at, at + batch);
    const targets = await ask(translator, part, options);
    for (const [i, source] of part.entries()) {
      const first = judged(source, targets[i], "model", options);
      found.set(source, first.failed ? await again(translator, first, options) : first);
    }
  }
  onProgress?.({ done: left.length, total: left.length });
  for (const source of left) {
    const one = found.get(source)!;
    if (!one.failed) await memory?.add({ source, target: one.target, from: from ?? languageOf(source), to, by: translator.information.name });
  }
  return sentences.map((source) => found.get(source)!);
}

// Nothing in it but marks, digits and what stays as it is.
const wordless = (source: string): boolean => !/\p{L}/u.test(keptTokens(source).reduce((rest, { text }) => rest.replace(text, " "), source));

async function ask(translator: TextTranslator, texts: readonly string[], { to, from, signal }: TranslateOptions): Promise<readonly string[]> {
  const direction = from ?? languageOf(texts.join(" "));
  const answers = await translator.translate(texts, { from: direction, to, signal });
  return texts.map((_, i) => (answers[i] ?? "").trim());
}

function judged(source: string, target: string, by: TranslatedSentence["by"], { to, glossary }: TranslateOptions): TranslatedSentence {
  const problems = by === "kept" ? [] : checkTranslation(source, target, { to, glossary });
  return { source, target, confidence: by === "kept" ? 1 : confidenceOf(source, target, problems), failed: problems.length > 0, problems, by };
}

async function again(translator: TextTranslator, first: TranslatedSentence, options: TranslateOptions): Promise<TranslatedSentence> {
  const { source } = first;
  const tried = [first];
  const terms = options.glossary?.termsIn(source) ?? [];
  if (terms.length > 0) {
    const set = terms.reduce((text, term) => text.replace(termPattern(term.source), term.target), source);
    const [target] = await ask(translator, [set], { ...options, from: options.from ?? languageOf(source) });
    tried.push(judged(source, target, "terms", options));
    if (!tried[1].failed) return tried[1];
  }
  const fixed = fixedSpans(source, terms);
  if (fixed.length > 0) {
    const target = await inPieces(translator, source, fixed, options);
    const held = judged(source, target, "pieces", options);
    if (!held.failed) return { ...held, confidence: Math.round(held.confidence * 80) / 100 };
    tried.push(held);
  }
  return tried.reduce((best, one) => (one.confidence > best.confidence ? one : best));
}

interface Fixed {
  readonly start: number;
  readonly end: number;
  readonly target: string;
}

// What stands in the translation as it is here: kept tokens, and terms with their translation.
function fixedSpans(source: string, terms: readonly { readonly source: string; readonly target: string }[]): Fixed[] {
  const spans: Fixed[] = keptTokens(source).map(({ text, start, end }) => ({ start, end, target: text }));
  for (const { source: term, target } of terms)
    for (const { 0: one, index } of source.matchAll(termPattern(term)))
      if (spans.every(({ start, end }) => index + one.length <= start || index >= end)) spans.push({ start: index, end: index + one.length, target });
  return spans.sort((a, b) => a.start - b.start);
}

async function inPieces(translator: TextTranslator, source: string, fixed: readonly Fixed[], options: TranslateOptions): Promise<string> {
  const gaps = [...fixed, { start: source.length, end: source.length, target: "" }].map(({ start }, i) =>
    source.slice(fixed[i - 1]?.end ?? 0, start),
  );
  const worded = gaps.map((gap) => gap.trim()).filter((gap) => /\p{L}/u.test(gap));
  const targets = worded.length === 0 ? [] : await ask(translator, worded, { ...options, from: options.from ?? languageOf(source) });
  const of = new Map(worded.map((gap, i) => [gap, targets[i]]));
  const joint = options.to.startsWith("zh") ? "" : " ";
  return gaps
    .flatMap((gap, i) => {
      const [before, after] = [/^\s/.test(gap) ? joint : "", /\s$/.test(gap) ? joint : ""];
      const text = of.get(gap.trim())?.replace(i < gaps.length - 1 ? /[.。]$/ : /$^/, "") ?? gap.trim();
      return [text === "" ? before && " " : `${before}${text}${after}`, fixed[i]?.target ?? ""];
    })
    .join("");
}
