// PiiFinder: all rules on a text, the best of what overlaps, exact places. Knows no files.
import { aFlag, aName, listOf, oneOf, type Rules, readOptions, share } from "../../core/index.ts";
import { ChineseSegmenter } from "../../text/index.ts";
import { addressPii } from "./addresses.ts";
import { datePii } from "./dates.ts";
import { englishNames } from "./names-en.ts";
import { chineseNames } from "./names-zh.ts";
import { openPhones, type PhoneFinder } from "./phones.ts";
import { maskedPii, type ReplacedText, replacedPii } from "./replace.ts";
import { restoredCase } from "./restored-case.ts";
import { structuredPii } from "./structured.ts";
import { type PiiKind, type PiiMatch, type PiiSpan, piiKinds } from "./types.ts";

/** What is looked for. */
export interface PiiOptions {
  /** Default: all kinds. */
  readonly kinds?: readonly PiiKind[];
  /** Countries whose telephone numbers are known without a prefix (ISO 3166-1). Default US, GB, CN. */
  readonly countries?: readonly string[];
  /** Least confidence, [0, 1]. Default 0.5. */
  readonly least?: number;
  /** Take runs of capitalised words that nothing explains for names. Default true: what is missed is worse than what is hidden in vain. */
  readonly loose?: boolean;
}

const rules: Rules<PiiOptions> = {
  kinds: listOf(oneOf(piiKinds), 1),
  countries: listOf(aName),
  least: share,
  loose: aFlag,
};

interface Parts {
  readonly kinds: ReadonlySet<PiiKind>;
  readonly least: number;
  readonly loose: boolean;
  readonly phones: PhoneFinder;
  readonly segmenter: ChineseSegmenter;
}

/**
 * Finds personal data in English, Chinese and mixed text: by form and check digit, by label, by lists and cues. No model; nothing leaves the process.
 *
 * What has a check digit is certain; names and addresses are found by evidence and some are missed: LOG.md has the figures.
 *
 * @example
 * const finder = await PiiFinder.open();
 * finder.find("王芳的手机是13812345678。").map(({ kind, text }) => [kind, text]); // [["name", "王芳"], ["phone", "13812345678"]]
 * finder.mask("Card 4111 1111 1111 1111"); // "Card **** **** **** ****"
 */
export class PiiFinder {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Loads what it needs. Errors: E_OPTION, E_OPTION_UNKNOWN, E_PACKAGE_MISSING without libphonenumber-js. */
  static async open(options: PiiOptions = {}): Promise<PiiFinder> {
    const { kinds = piiKinds, countries = ["US", "GB", "CN"], least = 0.5, loose = true } = readOptions("PiiFinder.open", options, rules);
    const [phones, segmenter] = await Promise.all([openPhones(countries), ChineseSegmenter.open()]);
    return new PiiFinder({ kinds: new Set(kinds), least, loose, phones, segmenter });
  }

  /** Personal data of a text, in order, without overlaps. */
  find(text: string): PiiSpan[] {
    const { kinds, least, loose, phones, segmenter } = this.#parts;
    const han = /[\u4e00-\u9fff]/.test(text);
    const found: PiiMatch[] = [];
    // A form that is not asked for still wins over a weaker one at its place: a card number is no telephone number.
    found.push(...structuredPii(text), ...phones(text), ...datePii(text));
    const { names = text, addresses = text } = restoredCase(text) ?? {};
    if (kinds.has("address") || kinds.has("name")) found.push(...addressPii(addresses));
    if (kinds.has("name")) found.push(...englishNames(names, { loose }), ...(han ? chineseNames(text, segmenter) : []));
    return best(found)
      .filter(({ kind, confidence }) => kinds.has(kind) && confidence >= least)
      .map((match) => ({ ...match, text: text.slice(match.start, match.end) }));
  }

  /** The text with each character of personal data as `mark` (default "*"). */
  mask(text: string, { mark = "*" }: { readonly mark?: string } = {}): string {
    return maskedPii(text, this.find(text), mark);
  }

  /**
   * The text with personal data replaced: by sealed tokens that `restorePii` opens with the same key, or, without one, by names such as [NAME_1], listed in `replaced`.
   *
   * Errors: E_PII_KEY for a key of fewer than 16 characters.
   */
  replace(text: string, { key }: { readonly key?: string } = {}): ReplacedText {
    return replacedPii(text, this.find(text), key);
  }
}

// The surest first, then the longest; what overlaps one that is taken is left out.
function best(found: readonly PiiMatch[]): PiiMatch[] {
  const order = [...found].sort(
    (a, b) => tier(b) - tier(a) || b.end - b.start - (a.end - a.start) || b.confidence - a.confidence || a.start - b.start,
  );
  const taken: PiiMatch[] = [];
  for (const match of order) {
    const at = place(taken, match.start);
    const [before, after] = [taken[at - 1], taken[at]];
    if ((before === undefined || before.end <= match.start) && (after === undefined || after.start >= match.end)) taken.splice(at, 0, match);
  }
  return taken;
}

// Numbers by check digit before labels before forms; among equals the longest.
const tier = ({ confidence }: PiiMatch): number => (confidence >= 0.95 ? 3 : confidence >= 0.75 ? 2 : confidence >= 0.65 ? 1 : 0);

function place(taken: readonly PiiMatch[], start: number): number {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle].start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
