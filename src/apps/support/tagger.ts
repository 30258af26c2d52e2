// Slots in what customers say: words tagged by a conditional random field, words of lists and patterns, values by their synonyms. Knows no dialogue.
import { CrfTagger, type SavedModel } from "../../classical/index.ts";
import type { MarkedEntity } from "./examples.ts";
import { knownPlaces } from "./places.ts";
import type { SupportProject } from "./types.ts";

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// Words, numbers, single Chinese characters, single marks.
const tokenPattern = /\p{Script=Han}|\d+(?:[.,]\d+)*(?![\p{L}\p{N}])|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}_])+|[^\s]/gu;

/**
 * The tokens of a text with their places.
 *
 * @example
 * supportTokens("3 days 北京").map(({ text }) => text); // ["3", "days", "北", "京"]
 */
export function supportTokens(text: string): Token[] {
  return Array.from(text.matchAll(tokenPattern), ({ 0: found, index }) => ({ text: found, start: index, end: index + found.length }));
}

const shapeOf = (word: string): string =>
  word
    .replace(/\p{Lu}+/gu, "X")
    .replace(/\p{Ll}+/gu, "x")
    .replace(/\p{N}+/gu, "d")
    .slice(0, 8);

function featuresOf(tokens: readonly Token[], intent: string, lists: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const words = tokens.map(({ text }) => text.toLowerCase());
  const at = (i: number): string => words[i] ?? (i < 0 ? "<" : ">");
  const members = memberships(words, lists);
  const places = memberships(words, knownPlaces());
  return tokens.map(({ text }, i) => [
    "1",
    `w=${at(i)}`,
    `p3=${words[i].slice(0, 3)}`,
    `s3=${words[i].slice(-3)}`,
    `s2=${words[i].slice(-2)}`,
    `x=${shapeOf(text)}`,
    `w-1=${at(i - 1)}`,
    `w-2=${at(i - 2)}`,
    `w+1=${at(i + 1)}`,
    `w+2=${at(i + 2)}`,
    `x-1=${shapeOf(tokens[i - 1]?.text ?? "")}`,
    `x+1=${shapeOf(tokens[i + 1]?.text ?? "")}`,
    `w-1w=${at(i - 1)} ${words[i]}`,
    `ww+1=${words[i]} ${at(i + 1)}`,
    `w-2w-1=${at(i - 2)} ${at(i - 1)}`,
    `w+1w+2=${at(i + 1)} ${at(i + 2)}`,
    `i=${intent}`,
    `iw-1=${intent} ${at(i - 1)}`,
    `iw+1=${intent} ${at(i + 1)}`,
    ...members[i],
    ...places[i].map((mark) => `known ${mark}`),
  ]);
}

// Which lists have the words around each token.
function memberships(words: readonly string[], lists: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = words.map(() => []);
  for (const [name, list] of lists)
    for (let from = 0; from < words.length; from++)
      for (let to = Math.min(words.length, from + 5); to > from; to--)
        if (list.has(words.slice(from, to).join(" ")) || list.has(words.slice(from, to).join(""))) {
          for (let i = from; i < to; i++) found[i].push(`l=${i === from ? "B" : "I"}-${name}`);
          break;
        }
  return found;
}

function labelsOf(tokens: readonly Token[], entities: readonly MarkedEntity[]): string[] {
  return tokens.map(({ start, end }) => {
    const entity = entities.find((one) => start < one.end && end > one.start);
    return entity === undefined ? "O" : `${start <= entity.start ? "B" : "I"}-${entity.entity}`;
  });
}

/** What a tagger is made from. */
type TaggerSource = Pick<SupportProject, "examples" | "synonyms" | "lookups" | "patterns">;

/**
 * Finds the slots of a text. Examples teach it where there are marks in them; lists and patterns need no examples.
 *
 * @example
 * const examples = ["to [Rome](city)", "from [Oslo](city)", "I like it", "to bed"].map((line) => parseExample(line, "go"));
 * const tagger = await SlotTagger.train({ examples, synonyms: { roma: "Rome" }, lookups: { city: ["Roma"] }, patterns: {} });
 * tagger.find("to Roma", "go").map(({ entity, value }) => [entity, value]); // [["city", "Rome"]]
 */
export class SlotTagger {
  readonly #crf: CrfTagger | undefined;
  readonly #lists: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #source: Omit<TaggerSource, "examples">;

  private constructor(crf: CrfTagger | undefined, source: Omit<TaggerSource, "examples">) {
    this.#crf = crf;
    this.#source = source;
    this.#lists = listsOf(source.lookups);
  }

  /** Learns from examples. Errors: those of `CrfTagger.fit`; the signal's reason. */
  static async train({ examples, ...source }: TaggerSource, { signal }: { signal?: AbortSignal } = {}): Promise<SlotTagger> {
    if (!examples.some(({ entities }) => entities.length > 0)) return new SlotTagger(undefined, source);
    const lists = listsOf(source.lookups);
    const taught = examples.filter(({ text }) => supportTokens(text).length > 0);
    const tokens = taught.map(({ text }) => supportTokens(text));
    const labels = taught.map(({ entities }, i) => labelsOf(tokens[i], entities));
    const crf = labels.some((row) => row.includes("O"))
      ? await new CrfTagger({ c2: 0.1, maxIterations: 120 }).fit(
          tokens.map((row, i) => featuresOf(row, taught[i].intent, lists)),
          labels,
          { signal },
        )
      : undefined;
    return new SlotTagger(crf, source);
  }

  /** The slots of a text of this intent, in order, without overlaps; what the examples taught comes before lists, lists before patterns. */
  find(text: string, intent: string): MarkedEntity[] {
    const found: MarkedEntity[] = [];
    const add = (entity: string, start: number, end: number): void => {
      if (end > start && !found.some((one) => start < one.end && end > one.start))
        found.push({ entity, start, end, value: this.#valueOf(text.slice(start, end)) });
    };
    const tokens = supportTokens(text);
    for (const { entity, start, end } of this.#tagged(tokens, intent)) add(entity, start, end);
    const members = memberships(
      tokens.map((token) => token.text.toLowerCase()),
      this.#lists,
    );
    for (const [i, marks] of members.entries())
      for (const mark of marks.filter((one) => one.startsWith("l=B-"))) {
        const name = mark.slice(4);
        let to = i + 1;
        while (members[to]?.includes(`l=I-${name}`)) to++;
        add(name, tokens[i].start, tokens[to - 1].end);
      }
    for (const [name, patterns] of Object.entries(this.#source.patterns))
      for (const pattern of patterns)
        for (const match of text.matchAll(new RegExp(pattern, "giu"))) add(name, match.index, match.index + match[0].length);
    return found.sort((one, other) => one.start - other.start);
  }

  #tagged(tokens: readonly Token[], intent: string): { entity: string; start: number; end: number }[] {
    if (this.#crf === undefined || tokens.length === 0) return [];
    const [labels] = this.#crf.predict([featuresOf(tokens, intent, this.#lists)]);
    const spans: { entity: string; start: number; end: number }[] = [];
    for (const [i, label] of labels.entries()) {
      if (label === "O") continue;
      const entity = label.slice(2);
      const last = spans.at(-1);
      if (last !== undefined && label.startsWith("I-") && last.entity === entity && labels[i - 1] !== "O")
        spans[spans.length - 1] = { ...last, end: tokens[i].end };
      else spans.push({ entity, start: tokens[i].start, end: tokens[i].end });
    }
    return spans;
  }

  #valueOf(text: string): string {
    const { synonyms } = this.#source;
    const key = text.toLowerCase();
    return Object.hasOwn(synonyms, key) ? synonyms[key] : text;
  }

  /** Everything as plain data. */
  toJSON(): SavedTagger {
    return { crf: this.#crf?.toJSON() ?? null, ...this.#source };
  }

  /** The reverse of `toJSON`. Errors: those of `CrfTagger.fromJSON`. */
  static fromJSON({ crf, ...source }: SavedTagger): SlotTagger {
    return new SlotTagger(crf === null ? undefined : CrfTagger.fromJSON(crf), source);
  }
}

/** A tagger as plain data. */
export interface SavedTagger extends Omit<TaggerSource, "examples"> {
  readonly crf: SavedModel | null;
}

const listsOf = (lookups: SupportProject["lookups"]): Map<string, ReadonlySet<string>> =>
  new Map(Object.entries(lookups).map(([name, list]) => [name, new Set(list.map((one) => one.toLowerCase()))]));
