// Whether a finding is denied, the family's, past, or only feared: ConText's triggers with their reach. Knows no findings.
// Source: Harkema, Dowling, Thornblade & Chapman 2009 (ConText); the triggers are a selection, with Chinese ones beside them.

/** How a finding is meant. */
export interface FindingContext {
  readonly negated: boolean;
  readonly family: boolean;
  readonly historical: boolean;
  readonly hypothetical: boolean;
}

type Mark = keyof FindingContext;

const forward: readonly (readonly [Mark, RegExp])[] = [
  [
    "negated",
    /\b(?:no|not|denies|denied|denying|without|negative for|no evidence of|no signs? of|free of|rules? out|ruled out(?: for)?|never had|absence of|declines)\b|否认|未见|无(?!力|症状)|没有|不伴|未发现|排除|未诉/gi,
  ],
  [
    "family",
    /\b(?:family history of|mother|father|brother|sister|grandmother|grandfather|aunt|uncle|maternal|paternal)\b|家族史|母亲|父亲|兄弟|姐妹|祖父|祖母|外祖/gi,
  ],
  [
    "historical",
    /\b(?:history of|past medical history|previous|previously|status post|s\/p|years ago|in the past|childhood)\b|既往|曾患|曾有|病史|年前|术后/gi,
  ],
  [
    "hypothetical",
    /\b(?:if|should|return for|come back (?:if|for)|call (?:if|for)|risk of|concern for|to prevent|prophylaxis)\b|如出现|若有|如有|警惕|预防|必要时/gi,
  ],
];
const backward: readonly (readonly [Mark, RegExp])[] = [
  ["negated", /\b(?:was ruled out|is ruled out|were ruled out|unlikely|negative|absent|not seen|denied)\b|阴性|已排除|不明显/gi],
  ["historical", /\b(?:years ago|in the past|as a child|resolved)\b|年前|已愈/gi],
];
// What ends the reach of a trigger within its sentence.
const ends = /\b(?:but|however|although|except|aside from|apart from|which|who|secondary to|because)\b|[;；]|但是|但|然而|除外/gi;
// "No increase", "not only": no denial of what follows.
const pseudo = /\b(?:no increase|no change|not only|no further|not certain|without difficulty|gram negative)\b|无明显诱因/gi;
const reach = 60;

/**
 * How the finding from `start` to `end` of a text is meant, by triggers in its sentence.
 *
 * @example
 * const text = "Denies chest pain but reports cough.";
 * contextOf(text, 7, 17).negated; // true
 * contextOf(text, 30, 35).negated; // false
 */
export function contextOf(text: string, start: number, end: number): FindingContext {
  const before = lastPart(text.slice(Math.max(0, start - 400), start));
  const after = /^[^.!?\n。！？]*/.exec(text.slice(end, end + 400))![0];
  const found = { negated: false, family: false, historical: false, hypothetical: false };
  const near = lastClause(before.replace(pseudo, (one) => " ".repeat(one.length)));
  for (const [mark, pattern] of forward)
    for (const { 0: one, index } of near.matchAll(pattern)) if (mark !== "negated" || near.length - index - one.length <= reach) found[mark] = true;
  const [clause] = after.split(ends);
  for (const [mark, pattern] of backward)
    if (clause.slice(0, reach).search(pattern) >= 0 && !/[,，、]/.test(clause.slice(0, clause.search(pattern)))) found[mark] = true;
  return found;
}

const lastPart = (text: string): string => text.slice(Math.max(...[".", "!", "?", "\n", "。", "！", "？"].map((mark) => text.lastIndexOf(mark))) + 1);

function lastClause(text: string): string {
  let at = 0;
  for (const { 0: one, index } of text.matchAll(ends)) at = index + one.length;
  return text.slice(at);
}
