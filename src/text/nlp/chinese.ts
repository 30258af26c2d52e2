// Parts of speech and entities of Chinese, by jieba's tags. A word that its dictionary does not have is taken for a noun.
// Source of the tags: jieba's dictionary (ICTCLAS tag set), mapped to Universal Dependencies.
import type { TaggedSpan } from "../segment/chinese.ts";
import type { Annotation, Entity, PartOfSpeech, Token } from "./doc.ts";
import { stopwords } from "./stopwords.ts";
import { joinedByGraphemes } from "./whole-tokens.ts";

const exact: Readonly<Record<string, PartOfSpeech>> = {
  vn: "NOUN",
  vd: "ADV",
  ad: "ADV",
  an: "NOUN",
  nr: "PROPN",
  nrt: "PROPN",
  nrfg: "PROPN",
  ns: "PROPN",
  nt: "PROPN",
  nz: "PROPN",
  eng: "X",
  // LAC's own.
  PER: "PROPN",
  LOC: "PROPN",
  ORG: "PROPN",
  TIME: "NOUN",
  nw: "PROPN",
  xc: "PART",
  w: "PUNCT",
};
const byInitial: Readonly<Record<string, PartOfSpeech>> = {
  n: "NOUN",
  t: "NOUN",
  s: "NOUN",
  f: "NOUN",
  q: "NOUN",
  g: "NOUN",
  i: "NOUN",
  j: "NOUN",
  l: "NOUN",
  v: "VERB",
  a: "ADJ",
  b: "ADJ",
  z: "ADJ",
  d: "ADV",
  m: "NUM",
  r: "PRON",
  p: "ADP",
  c: "CCONJ",
  u: "PART",
  y: "PART",
  h: "PART",
  k: "PART",
  e: "INTJ",
  o: "INTJ",
};

const labels: Readonly<Record<string, string>> = {
  nr: "PERSON",
  nrt: "PERSON",
  nrfg: "PERSON",
  ns: "LOCATION",
  nt: "ORGANIZATION",
  t: "DATE",
  PER: "PERSON",
  LOC: "LOCATION",
  ORG: "ORGANIZATION",
  TIME: "DATE",
};

function partOf({ text, tag }: TaggedSpan): PartOfSpeech {
  if (/^\p{P}+$/u.test(text)) return "PUNCT";
  if (/^(?:\p{S}|\p{Extended_Pictographic}|\ufe0f|\u200d)+$/u.test(text) && !/^\d/.test(text)) return "SYM";
  if (/^[\p{N}.,%]+$/u.test(text)) return "NUM";
  if (tag === "x") return /^\p{Script=Han}+$/u.test(text) ? "NOUN" : "X";
  return exact[tag] ?? byInitial[tag[0]] ?? "X";
}

const labelOf = ({ text, tag }: TaggedSpan): string | undefined => labels[tag] ?? (/^\d[\d.,]*%?$/.test(text) ? "CARDINAL" : undefined);

/** What cuts Chinese into words and tags them. */
export interface ChineseTagger {
  tag(text: string): TaggedSpan[];
}

/** Annotates Chinese with a tagger. */
export function openChinese(segmenter: ChineseTagger): (text: string) => Annotation {
  const stops = stopwords("zh");
  const tokenOf = (span: TaggedSpan): Token => ({
    text: span.text,
    start: span.start,
    end: span.end,
    lemma: span.text.toLowerCase(),
    pos: partOf(span),
    tag: span.tag,
    isStop: stops.has(span.text),
    isPunct: /^\p{P}+$/u.test(span.text),
  });
  return (text) => {
    const longer = (span: TaggedSpan, end: number): TaggedSpan => ({ text: text.slice(span.start, end), start: span.start, end, tag: span.tag });
    const spans = joinedByGraphemes(segmenter.tag(text), text, longer).filter((span) => span.text.trim() !== "");
    const entities: Entity[] = spans.flatMap((span) => {
      const label = labelOf(span);
      return label === undefined ? [] : [{ text: span.text, start: span.start, end: span.end, label }];
    });
    return { tokens: spans.map(tokenOf), entities };
  };
}
