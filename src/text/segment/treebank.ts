// English words by the rules of the Penn Treebank with NLTK's additions. Knows one line of text; not sentences, not other languages.
// Sources: Robert MacIntyre's tokenizer.sed (Penn Treebank project, 1995); the published rules of NLTK's NLTKWordTokenizer.
import { pythonSpace, pythonWord, type Span } from "./spans.ts";

const S = `[${pythonSpace}]`;
const W = `[${pythonWord}]`;
/** Python's \b, and its $, which also stands before a last line break. */
const edge = `(?:(?<=${W})(?!${W})|(?<!${W})(?=${W}))`;
const end = "(?=\\n?(?![\\s\\S]))";

type Rule = readonly [pattern: RegExp, replacement: string];
const rule = (pattern: string, replacement: string, flags = "gu"): Rule => [new RegExp(pattern, flags), replacement];

const openingQuotes: readonly Rule[] = [
  rule("[«“‘„]|`+", " $& "),
  rule('^"', "``", "u"),
  rule("``", " `` "),
  rule("([ ([{<])(?:\"|'')", "$1 `` "),
  rule(`(?<!${W})'(?!(?:re|ve|ll|m|t|s|d|n)${edge})(?=${W})`, "' ", "giu"),
];

// A run of closing marks before the end is taken whole (the lookahead with a back-reference): splitting it between two repetitions would cost its square.
const finalStop = (marks: string, after: string): Rule => rule(`([^.])\\.(?=([${marks}]*))\\2${S}*${end}`, `$1 . $2${after}`);

const punctuation: readonly Rule[] = [
  finalStop("\\])}>\"'»”’ ", " "),
  rule("([:,])(\\P{Nd})", " $1 $2"),
  rule(`[:,]${end}`, " $& "),
  rule("\\.{2,}", " $& "),
  rule("[;@#$%&]", " $& "),
  rule("[\\u2012-\\u2015]", " $& "),
  finalStop("\\])}>\"'", " "),
  rule("[?!]", " $& "),
  rule("([^'])' ", "$1 ' "),
  rule("[*]", " $& "),
  rule("[\\]\\[(){}<>]", " $& "),
  rule("--", " -- "),
];

const closingQuotes: readonly Rule[] = [
  rule("[»”’]", " $& "),
  rule("''", " '' "),
  rule('"', " '' "),
  rule(`${S}+`, " "),
  rule("([^' ])('[sSmMdD]|') ", "$1 $2 "),
  rule("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
];

const contraction = (head: string, tail: string, after = edge): Rule => rule(`${edge}(${head})(${tail})${after}`, " $1 $2 ", "giu");
const contractions: readonly Rule[] = [
  contraction("can", "not"),
  contraction("d", "'ye"),
  contraction("gim", "me"),
  contraction("gon", "na"),
  contraction("got", "ta"),
  contraction("lem", "me"),
  contraction("more", "'n"),
  contraction("wan", "na", `(?=${S})`),
  rule(` ('t)(is)${edge}`, " $1 $2 ", "giu"),
  rule(` ('t)(was)${edge}`, " $1 $2 ", "giu"),
];

const spaces = new RegExp(`${S}+`, "u");

/**
 * The Treebank tokens of one line of English, as NLTK's `word_tokenize(text, preserve_line=True)`: contractions are split ("do", "n't"), double quotes become `` and ''.
 *
 * Only a full stop at the end of the line is a token of its own. Time grows linearly with the text. No errors.
 *
 * @example
 * treebankTokens("They can't pay $3.88, (roughly)."); // ["They", "ca", "n't", "pay", "$", "3.88", ",", "(", "roughly", ")", "."]
 */
export function treebankTokens(line: string): string[] {
  let text = line;
  for (const [pattern, replacement] of openingQuotes) text = text.replace(pattern, replacement);
  for (const [pattern, replacement] of punctuation) text = text.replace(pattern, replacement);
  text = ` ${text} `;
  for (const [pattern, replacement] of closingQuotes) text = text.replace(pattern, replacement);
  for (const [pattern, replacement] of contractions) text = text.replace(pattern, replacement);
  return text.split(spaces).filter((token) => token !== "");
}

const notSpace = new RegExp(`[^${pythonSpace}]`, "gu");

/**
 * The same tokens as they stand in the line, with their places: a quote is the character of the text again, not `` or ''.
 *
 * @example
 * treebankSpans('Say "hi"').map(({ text, start }) => [text, start]); // [["Say", 0], ['"', 4], ["hi", 5], ['"', 7]]
 */
export function treebankSpans(line: string): Span[] {
  let position = 0;
  return treebankTokens(line).map((token) => {
    notSpace.lastIndex = position;
    const start = notSpace.exec(line)?.index ?? line.length;
    position = start + lengthAt(line, start, token);
    return { text: line.slice(start, position), start, end: position };
  });
}

// Rules only put spaces in and change double quotes.
function lengthAt(line: string, start: number, token: string): number {
  if (line.startsWith(token, start) || !/^(?:``|'')$/.test(token)) return token.length;
  return line[start] === '"' ? 1 : 2;
}
