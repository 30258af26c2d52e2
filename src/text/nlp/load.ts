// nlp(text) -> Doc, for English, Chinese, or whichever a text is in.
import { setImmediate as nextTurn } from "node:timers/promises";
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { ChineseSegmenter } from "../segment/chinese.ts";
import { isChinese } from "../segment/script.ts";
import type { UserWord } from "../segment/user-dictionary.ts";
import { type ChineseTagger, openChinese } from "./chinese.ts";
import { type Annotation, Doc } from "./doc.ts";
import { openEnglish } from "./english.ts";

/** What is loaded. */
export interface NlpOptions {
  /** "auto" (default) tells Chinese by its characters, text by text, and takes everything else for English. */
  readonly language?: "en" | "zh" | "auto";
  /** Own words of Chinese: see `ChineseOptions`. */
  readonly userDictionary?: string | readonly UserWord[];
  /** What cuts and tags Chinese instead of jieba, such as a `LacTagger`. */
  readonly chinese?: ChineseTagger;
}

/** Annotates texts. */
export interface Nlp {
  /** One text. */
  (text: string): Doc;
  /** A stream of texts, one at a time and in order. Gives the event loop its turn; a signal ends it with its reason. */
  pipe(texts: Iterable<string> | AsyncIterable<string>, options?: { readonly signal?: AbortSignal }): AsyncGenerator<Doc>;
  readonly language: "en" | "zh" | "auto";
}

/** Event loop's turn after so many milliseconds. */
const turnMs = 20;

/**
 * Loads what annotates texts, as spaCy's `load`: for English wink-nlp and wink-eng-lite-web-model (optional packages), for Chinese jieba.
 *
 * Errors: E_PACKAGE_MISSING when English is asked for (also by "auto") and its packages are not installed; E_DICTIONARY; E_OPTION.
 *
 * @example
 * const nlp = await loadNlp();
 * nlp("The stones were ground.").tokens.map(({ lemma, pos }) => `${lemma}/${pos}`); // ["the/DET", "stone/NOUN", "be/AUX", "grind/VERB", "./PUNCT"]
 * const languages: string[] = [];
 * for await (const doc of nlp.pipe(["Grind the ink.", "磨墨。"])) languages.push(doc.language);
 * languages; // ["en", "zh"]
 */
export async function loadNlp(options: NlpOptions = {}): Promise<Nlp> {
  refuseUnknown<NlpOptions>("loadNlp", options, { language: true, userDictionary: true, chinese: true });
  const { language = "auto", userDictionary, chinese: tagger } = options;
  if (!["en", "zh", "auto"].includes(language))
    throw new InkstoneError("E_OPTION", { option: "language", value: language, allowed: ["en", "zh", "auto"] });
  // All at once, and every failure awaited: one that comes early must not be nobody's.
  const segmenter = async (): Promise<ChineseTagger> => tagger ?? (await ChineseSegmenter.open({ userDictionary }));
  const [english, chinese] = await Promise.all([
    language === "zh" ? undefined : openEnglish(),
    language === "en" ? undefined : segmenter().then(openChinese),
  ]);
  const annotate = (text: string): Doc => {
    const found = language === "auto" ? (isChinese(text) ? "zh" : "en") : language;
    const annotator = (found === "zh" ? chinese : english) as (text: string) => Annotation;
    return new Doc(text, found, annotator(text));
  };
  return Object.assign(annotate, {
    pipe: (texts: Iterable<string> | AsyncIterable<string>, options = {}) => piped(annotate, texts, options),
    language,
  });
}

async function* piped(
  annotate: (text: string) => Doc,
  texts: Iterable<string> | AsyncIterable<string>,
  { signal }: { readonly signal?: AbortSignal },
): AsyncGenerator<Doc> {
  let since = performance.now();
  for await (const text of texts) {
    signal?.throwIfAborted();
    yield annotate(text);
    if (performance.now() - since < turnMs) continue;
    await nextTurn();
    since = performance.now();
  }
}
