// Lemmas, parts of speech and entities of English, by wink-nlp and its small model. Knows how to feed it: its time grows with the square of a run without white space.
import { loadPeer } from "../peer.ts";
import { sentenceSpans } from "../segment/sentences.ts";
import { type Span, sliced, trimmed } from "../segment/spans.ts";
import type { Annotation, Entity, PartOfSpeech, Token } from "./doc.ts";
import { stopwords } from "./stopwords.ts";
import { joinedByGraphemes, withoutGaps } from "./whole-tokens.ts";

/** Longest piece of text that is given to wink at once, and longest run without white space in it. */
const longest = { piece: 4000, run: 160 };

const purpose = { en: "lemmas, parts of speech and entities of English", zh: "英语的词元、词性和实体" };

/** What is used of wink-nlp, whose own types leave the results of `out` open. */
interface Wink {
  readonly its: { readonly pos: unknown; readonly lemma: unknown; readonly span: unknown; readonly type: unknown };
  readDoc(text: string): {
    tokens(): { out(what?: unknown): string[] };
    entities(): { each(visit: (entity: { out(what: unknown): unknown }) => void): void };
  };
}

// Made once: the model's loader wraps its own tables in quotes anew at every call, and some twenty calls fill the memory.
let made: Promise<Wink> | undefined;
function openWink(): Promise<Wink> {
  made ??= (async () => {
    const { default: wink } = await loadPeer({ name: "wink-nlp", purpose }, () => import("wink-nlp"));
    const { default: model } = await loadPeer({ name: "wink-eng-lite-web-model", purpose }, () => import("wink-eng-lite-web-model"));
    return wink(model) as unknown as Wink;
  })().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

/** Annotates English. Errors: E_PACKAGE_MISSING. */
export async function openEnglish(): Promise<(text: string) => Annotation> {
  const nlp = await openWink();
  const { its } = nlp;
  const stops = stopwords("en");

  const tokenOf = (text: string, start: number, end: number, lemma?: string, pos: PartOfSpeech = "X"): Token => {
    const span = sliced(text, start, end);
    const lower = span.text.toLowerCase().replaceAll("’", "'");
    return { ...span, lemma: lemma ?? lower, pos, tag: pos, isStop: stops.has(lower), isPunct: /^\p{P}+$/u.test(span.text) };
  };

  const read = (text: string, piece: Span, tokens: Token[], entities: Entity[]): void => {
    const doc = nlp.readDoc(piece.text);
    const [values, poses, lemmas] = [doc.tokens().out(), doc.tokens().out(its.pos), doc.tokens().out(its.lemma)];
    const places: (readonly [number, number])[] = [];
    let at = 0;
    for (const [i, value] of values.entries()) {
      const found = piece.text.indexOf(value, at);
      const end = found < 0 ? at : found + value.length;
      places.push(found < 0 ? [at, at] : [found, end]);
      at = end;
      if (found >= 0 && value.trim() !== "") tokens.push(tokenOf(text, piece.start + found, piece.start + end, lemmas[i], poses[i] as PartOfSpeech));
    }
    doc.entities().each((entity) => {
      const [first, last] = entity.out(its.span) as [number, number];
      const [start, end] = [piece.start + places[first][0], piece.start + places[last][1]];
      if (start < end) entities.push({ ...sliced(text, start, end), label: String(entity.out(its.type)) });
    });
  };

  return (text) => {
    const tokens: Token[] = [];
    const entities: Entity[] = [];
    for (const piece of piecesOf(text)) read(text, piece, tokens, entities);
    const whole = joinedByGraphemes(tokens, text, (token, end) => tokenOf(text, token.start, end, undefined, token.pos));
    return { tokens: withoutGaps(whole, text, (start, end) => tokenOf(text, start, end)), entities };
  };
}

// Sentences together up to the longest piece; what stands in a run that is too long is left out, and becomes one token of no part of speech.
function* piecesOf(text: string): Generator<Span> {
  let start = 0;
  let end = 0;
  for (const sentence of sentenceSpans(text))
    for (const part of partsOf(text, sentence)) {
      const gap = text.slice(end, part.start);
      if (part.end - start > longest.piece || gap.length > 8 || gap.trim() !== "") {
        if (end > start) yield sliced(text, start, end);
        start = part.start;
      }
      end = part.end;
    }
  if (end > start) yield sliced(text, start, end);
}

function* partsOf(text: string, sentence: Span): Generator<Span> {
  let start = sentence.start;
  for (const { index, 0: run } of sentence.text.matchAll(/\S+/g)) {
    const at = sentence.start + index;
    const tooLong = run.length > longest.run;
    if (!tooLong && at + run.length - start <= longest.piece) continue;
    const before = trimmed(text, start, at);
    if (before !== undefined) yield before;
    start = tooLong ? at + run.length : at;
  }
  const rest = trimmed(text, start, sentence.end);
  if (rest !== undefined) yield rest;
}
