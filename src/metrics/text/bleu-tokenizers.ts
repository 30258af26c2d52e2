// The tokenizers of sacrebleu: a text becomes words between spaces. Knows no score.
import { splitWords, trim } from "./plain.ts";

/** Names of the tokenizers: mteval-v13a, mteval-v14 (international), Chinese characters, all characters, white space only. */
export type BleuTokenizer = "13a" | "intl" | "zh" | "char" | "none";

// Punctuation of ASCII but for apostrophe, comma, dash and dot; then dots and commas away from digits, dashes behind digits.
function splitWestern(line: string): string {
  return line
    .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/gu, "$1 $2 ");
}

const entities: readonly (readonly [string, string])[] = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
];

function mteval13a(line: string): string {
  let plain = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, character] of entities) plain = plain.replaceAll(entity, character);
  return splitWestern(` ${plain} `);
}

/**
 * What sacrebleu's `zh` takes for a Chinese character. Two of its ranges were meant for planes beyond U+FFFF ("\u20000", "\u2f800") but, being strings, cover
 * U+2001 … U+2A6D and U+2F81 … U+2FA1: so dashes, curly quotes, arrows and mathematical signs are split off too. Published scores rest on that.
 */
const chinese =
  /[\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\u2001-\u2a6d\u2f81-\u2fa1\uff00-\uffef\u2e80-\u2eff\u3000-\u303f\u31c0-\u31ef\u2f00-\u2fdf\u2ff0-\u2fff\u3100-\u312f\u31a0-\u31bf\ufe10-\ufe1f\ufe30-\ufe4f\u2600-\u27bf\u3200-\u33ff]/gu;

const tokenizers: { readonly [name in BleuTokenizer]: (line: string) => string } = {
  "13a": mteval13a,
  intl: (line) =>
    line
      .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
      .replace(/(\p{P})(\P{N})/gu, " $1 $2")
      .replace(/(\p{S})/gu, " $1 "),
  zh: (line) => splitWestern(trim(line).replace(chinese, " $& ")),
  char: (line) => [...line].join(" "),
  none: (line) => line,
};

/** Names that `bleuWords` takes. */
export const bleuTokenizers: readonly string[] = Object.keys(tokenizers);

/**
 * The words that BLEU compares. `zh` sets Chinese characters apart and splits the rest like `13a`.
 *
 * Source: sacrebleu's `tokenizers/` (13a, intl, zh, char, none).
 *
 * @example
 * bleuWords("他有3.5元, OK?", "zh"); // ["他", "有", "3.5", "元", ",", "OK", "?"]
 */
export function bleuWords(text: string, tokenizer: BleuTokenizer): string[] {
  return splitWords(tokenizers[tokenizer](text));
}
