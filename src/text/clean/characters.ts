// Characters that nobody sees: controls, zero-width characters, halves of surrogate pairs; and half and full width. Knows single characters only.
import { refuseUnknown } from "../../core/index.ts";
import { type CleanStep, plainStep, replaced, replacingStep } from "./step.ts";

const controlPattern = /[\p{Cc}\p{Cs}\u2028\u2029\ufff9-\ufffb\ufffe\uffff]/gu;
const keptControls = "\t\n\r";

/**
 * Removes control characters (all but tab and line breaks; U+0085, U+2028 and U+2029 become line breaks) and lone surrogates. One change a character.
 *
 * @example
 * cleanText("a\u0007b\u0000c\td", [controls()]); // "abc\td"
 */
export function controls(): CleanStep {
  return replacingStep("controls", controlPattern, (character) =>
    keptControls.includes(character) ? character : "\u0085\u2028\u2029".includes(character) ? "\n" : "",
  );
}

// The joiners stay where writing needs them: inside emoji, and behind a letter (with its marks) of a script that joins (Arabic, the Indic ones), at the end of a word too.
const joining =
  "\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Gujarati}\\p{Script=Gurmukhi}\\p{Script=Oriya}\\p{Script=Khmer}\\p{Script=Myanmar}";
const joiners = new RegExp(
  `(?<![${joining}]\\p{M}{0,4}|\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)[\\u200c\\u200d]|(?<=\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)[\\u200c\\u200d](?![\\p{Extended_Pictographic}\\u2640\\u2642])`,
  "gu",
);
const invisibleRanges = "\u034f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0";
// Mongolian letters choose their form by the selectors behind them.
const invisible = new RegExp(`[${invisibleRanges}]|(?<!\\p{Script=Mongolian})[\\u180b-\\u180f]`, "gu");
// Tag characters are the second half of some flags, and else a way to hide text.
const tags = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8})[\u{e0000}-\u{e007f}]/gu;

/**
 * Removes characters without width: zero-width spaces, byte order marks, soft hyphens, direction marks, fillers, tag characters. Joiners stay inside emoji and in
 * scripts that need them; the emoji selector U+FE0F stays. One change a character.
 *
 * @example
 * cleanText("in\u200bk \ufeff👨‍👩‍👧", [zeroWidth()]); // "ink 👨‍👩‍👧"
 */
export function zeroWidth(): CleanStep {
  return plainStep("zero-width", (text) => {
    const first = replaced(text, invisible, "");
    const second = replaced(first.text!, joiners, "");
    const third = replaced(second.text!, tags, "");
    return { text: third.text, changes: first.changes + second.changes + third.changes };
  });
}

/** What of the width is changed. */
export interface WidthOptions {
  /** Punctuation and the space too (default true); false leaves ，。！ and （） as they are and changes letters and digits only. */
  readonly punctuation?: boolean;
}

const widths = {
  punctuation: [/[\uff01-\uff5e\u3000]/g, /[!-~ ]/g],
  letters: [/[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/g, /[0-9A-Za-z]/g],
} as const;

/**
 * Full-width Latin letters, digits and (unless told not to) punctuation and the ideographic space to ASCII: ＡＢＣ１２３ to ABC123. One change a character.
 *
 * @example
 * cleanText("ＧＰＴ－２，好！", [halfWidth({ punctuation: false })]); // "GPT－2，好！"
 */
export function halfWidth(options: WidthOptions = {}): CleanStep {
  refuseUnknown<WidthOptions>("halfWidth", options, { punctuation: true });
  const { punctuation = true } = options;
  const [pattern] = widths[punctuation ? "punctuation" : "letters"];
  return replacingStep("half-width", pattern, (one) => (one === "\u3000" ? " " : String.fromCharCode(one.charCodeAt(0) - 0xfee0)));
}

/**
 * ASCII to its full-width forms: the way back of `halfWidth`. One change a character.
 *
 * @example
 * cleanText("A1!", [fullWidth()]); // "Ａ１！"
 */
export function fullWidth(options: WidthOptions = {}): CleanStep {
  refuseUnknown<WidthOptions>("fullWidth", options, { punctuation: true });
  const { punctuation = true } = options;
  const [, pattern] = widths[punctuation ? "punctuation" : "letters"];
  return replacingStep("full-width", pattern, (one) => (one === " " ? "\u3000" : String.fromCharCode(one.charCodeAt(0) + 0xfee0)));
}
