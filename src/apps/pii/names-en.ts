// Names of people in Latin letters: titles, cues, known given names, and runs of capitalised words that are nothing else. Knows no dictionary of everything.
import { isDoubtfulGiven, isGiven, isSurname } from "./known-names.ts";
import { notNames } from "./name-lists.ts";
import type { PiiMatch } from "./types.ts";

const part = "\\p{Lu}[\\p{L}\\p{M}]*(?:['’-]\\p{Lu}?[\\p{L}\\p{M}]+)*";
const particle = "(?:van der|van den|van|von|de la|de los|de|del|della|di|da|dos|du|bin|ibn|al|el|le|la)";
const run = `${part}(?:(?: {1,2}(?:${particle} )?|, (?=Jr|Sr|III?\\b))(?:\\p{Lu}\\.(?: ?\\p{Lu}\\.)?|\\p{Lu}(?![\\p{L}\\d])|(?:Jr|Sr)\\.|${part})){0,4}`;
const name = `(${run})`;
const before: readonly (readonly [string, RegExp, number])[] = [
  [
    "name-title",
    new RegExp(
      `\\b(?:[Mm]rs?|[Mm]s|Mx|[Mm]iss|[Dd]r|[Pp]rof|Sir|Dame|Judge|Justice|Sgt|Capt|Lt|Col|Rev|Fr|Sen|Rep|Gov|Atty|Nurse|Officer|Doctor|Professor|Herr|Frau|Señor|Señora|Monsieur|Madame)\\.? ${name}`,
      "dgu",
    ),
    0.9,
  ],
  [
    "name-introduced",
    new RegExp(
      `\\b(?:[Mm]y name(?: is|'s)|[Nn]ame(?:d| is)|[Ii]'?m called|[Cc]alled|[Cc]alls? me|(?:[Nn]amed|[Cc]all|[Cc]alled) (?:him|her|them)|name\\? *|[Tt]his is|[Ii] am|[Ii]['’]m|known as|[Ss]igned by|[Ss]incerely,?|[Rr]egards,?|[Cc]heers,?|[Yy]ours,?|Dear|Attn:?|[Cc]ontact(?: person)?:|[Aa]uthor:|[Cc]/o|[Aa]ttending:?|[Rr]eferring [Pp]hysician:|[Ss]igned:)[ \\n]{1,2}(?!The |This |It )${name}`,
      "dgu",
    ),
    0.8,
  ],
  [
    "name-label",
    new RegExp(
      `\\b(?:(?:[Ff]ull |[Ff]irst |[Ll]ast |[Cc]ustomer |[Pp]atient |[Cc]ardholder )?[Nn]ame|NAME|[Pp]atient|PATIENT|[Pp]hysician|[Ss]urgeon|[Ee]mployee|[Tt]enant|[Ll]andlord|[Bb]uyer|[Ss]eller|[Cc]laimant|[Rr]espondent|[Rr]ecipient|[Ss]ender|[Pp]rovider) ?[:：][ \\t]*${name}`,
      "dgu",
    ),
    0.9,
  ],
];
const single = `(${part}(?: ${part})?)`;
const relative =
  "(?:kid|child|son|daughter|wife|husband|partner|boyfriend|girlfriend|fianc[ée]e?|brother|sister|mother|father|mom|mum|dad|uncle|aunt|cousin|nephew|niece|grandmother|grandfather|grandson|granddaughter|friend|colleague|neighbou?r|roommate|boss|assistant|secretary)";
// One or two words that the words around them make a name, whatever they are.
const around: readonly (readonly [string, RegExp, number])[] = [
  [
    "name-greeted",
    new RegExp(`(?:^|[\\n"“(.!?] ?)(?:[Hh]i|[Hh]ello|[Hh]ey|HI|Hiya|Good (?:morning|evening|afternoon)) ${single}(?= ?[,!.\\n]|$)`, "dgu"),
    0.8,
  ],
  ["name-relative", new RegExp(`\\b(?:[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Yy]our) ${relative},? ${single}`, "dgu"), 0.8],
  [
    "name-asked",
    new RegExp(
      `(?<=^|\\n|[.!?"“] )${single}(?=, (?:can|could|would|will|please|do|did|are|have|what|how|why|when|where) (?:I|you|we|me|is|are|do|did|the)\\b)`,
      "dgu",
    ),
    0.65,
  ],
  [
    "name-said",
    new RegExp(
      `(?:[,"”!?] ?| so jealous! )(?:says|said|asked|asks|replied|replies|shouted|whispered|adds|added|explained|explains) ${single}(?= ?[.,;:!\\n]| to | in | at | of |$)`,
      "dgu",
    ),
    0.75,
  ],
  ["name-speaker", new RegExp(`(?<=^|\\n)${single}(?=: ?["“])`, "dgu"), 0.7],
  [
    "name-doing",
    new RegExp(
      `(?<=^|\\n|[.!?] )${single}(?= (?:spent (?:a|two|three|the|his|her)|began (?:writing|working|singing|acting|his|her)|had given|just has to|grew up|graduated from|is very (?:reliable|kind|smart)|was born|retired|passed away)\\b)`,
      "dgu",
    ),
    0.65,
  ],
  [
    "name-given-to",
    new RegExp(
      `\\b(?:given|gave|giving|told|tells|asked|called|phoned|emailed|met|married|marry|thanked) ${single}(?= (?:his|her|their|a|the|to|that|about|in|at|on|for)\\b)`,
      "dgu",
    ),
    0.65,
  ],
  [
    "name-whose",
    new RegExp(
      `\\b(?:[Bb]etween (?:him|her|them|us|me|you) and|[Gg]ender of|[Nn]ovels? (?:of|by)|[Ss]ongs? by|[Ww]ritten by|[Dd]irected by|[Ss]ung by|[Pp]ainted by|[Bb]ased on) ${single}`,
      "dgu",
    ),
    0.65,
  ],
  ["name-is-so", new RegExp(`\\b(?:Why|How) (?:is|was|does|did) ${single}(?= (?:so|always|never|not|such)\\b)`, "dgu"), 0.65],
  // Called by it: "Don't go to town, Derrick!", "Remember me, Chelsea? …".
  ["name-called", new RegExp(`\\p{Ll}, ${single}(?=[!?]+["”)]?(?:\\s|$))`, "dgu"), 0.6],
  ["name-just", new RegExp(`, but ${single}(?= (?:just|still|always|never|had|has|was|is)\\b)`, "dgu"), 0.6],
];
// "my name is borna": small letters are a name's where it is given as one.
const small =
  /\b(?:my name is|my name's|name is|calls? me) ((?!(?:not|the|an?|on|in|no|so|very|from|by|at|when|if|back|later|to|today|tomorrow|asap|as|for|with|out|it|that|this|is|if|because|about|and|or|crazy|now|again|anytime)\b)\p{Ll}[\p{Ll}'’-]+(?: (?!but|and|or|i|from|with|my|is|the|who|at|on|so|please|as)\p{Ll}[\p{Ll}'’-]+)?)/dgu;
// "A, B and C": where one of them is somebody's name, all are.
const listed = new RegExp(`${part}(?:, ${part})*,? (?:and|or|&) ${part}`, "gu");
const speaker = new RegExp(`^(${part}): `, "gmu");
const words = new RegExp(run, "gu");
// Letters that English words do not have.
const foreign = /[\u00c0-\u024f]/;
const afterCue =
  /^(?:['’]s\b|,? (?:\d{1,3}|a \d+|who|said|says|told|asked|wrote|writes|born|lives|lived|shouted|spent|studied|moved|smiled|replied|answered|works|worked|called|emailed|phoned|paid|died|married|joined|thinks|went|wants|has been|is a|was a|reported|denies|presents|presented|states|listed)\b)/;
const acting =
  /^ (?:lives|lived|shouted|said|says|told|asked|wrote|smiled|replied|answered|married|was born|emailed|phoned|and (?:his|her) (?:wife|husband|son|daughter))\b/;
const capitals = /^\p{Lu}{2,}$/u;

/**
 * Names of people in a text of Latin letters. `loose` also takes two or three capitalised words together that no rule explains.
 */
export function englishNames(text: string, { loose: wanted = true }: { readonly loose?: boolean } = {}): PiiMatch[] {
  // Where every noun has a capital, capitals say nothing.
  const loose = wanted && !isGerman(text);
  const found: PiiMatch[] = [];
  for (const [rule, pattern, confidence] of [...before, ...around])
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices![1]!;
      const kept = trimmed(text, start, end, false);
      if (kept !== undefined) found.push({ kind: "name", rule, confidence, ...kept });
    }
  for (const { indices } of text.matchAll(small))
    found.push({ kind: "name", rule: "name-small", confidence: 0.6, start: indices![1]![0], end: indices![1]![1] });
  for (const match of text.matchAll(words)) {
    const end = match.index + match[0].length;
    // What stands behind an owner is a run of its own: "Pave's Irena Bílá".
    for (let kept = trimmed(text, match.index, end, true); kept !== undefined; kept = trimmed(text, kept.end + 3, end, true)) {
      const judged = judge(text, kept.start, kept.end, loose);
      if (judged !== undefined) found.push({ kind: "name", ...judged, ...kept });
      if (!/^['’]s /.test(text.slice(kept.end, kept.end + 3))) break;
    }
  }
  found.push(...inLists(text, found), ...speakers(text, found));
  return [...found, ...repeated(text, found)];
}

// "Vinka: …\nLisa: …": where one who speaks is known by name, all who speak are named.
function speakers(text: string, found: readonly PiiMatch[]): PiiMatch[] {
  const lines = [...text.matchAll(speaker)].map(({ 1: one, index }) => ({ one, start: index, end: index + one.length }));
  const isKnown = ({ one, start, end }: (typeof lines)[number]): boolean =>
    isGiven(one) || isDoubtfulGiven(one) || found.some((other) => other.start <= start && other.end >= end);
  if (lines.length < 2 || !lines.some(isKnown)) return [];
  return lines
    .filter(({ one }) => !isOther(one) && !capitals.test(one))
    .map(({ start, end }) => ({ kind: "name" as const, rule: "name-speaker", confidence: 0.65, start, end }));
}

function inLists(text: string, found: readonly PiiMatch[]): PiiMatch[] {
  return [...text.matchAll(listed)].flatMap(({ 0: list, index }) => {
    const parts = [...list.matchAll(new RegExp(part, "gu"))].map(({ 0: one, index: at }) => ({
      one,
      start: index + at,
      end: index + at + one.length,
    }));
    const isName = ({ one, start, end }: (typeof parts)[number]): boolean =>
      isSurname(one) || found.some((other) => other.confidence >= 0.65 && other.start < end && other.end > start);
    const known = parts.filter(isName).length;
    if (
      known === 0 ||
      known * 4 < parts.length ||
      /^ (?:Orchestra|Inc|Ltd|LLC|Group|Partners|Associates|Company|Co\b|Foundation)/.test(text.slice(index + list.length)) ||
      parts.some(({ one }) => isOther(one) || capitals.test(one))
    )
      return [];
    return parts.map(({ start, end }) => ({ kind: "name" as const, rule: "name-listed", confidence: 0.65, start, end }));
  });
}

const german = /\b(?:der|die|das|und|ist|ein|eine|einen|einem|einer|nicht|mit|auf|den|dem|zu|im|für|sich|vor|beim|wird|sind)\b/giu;
const english = /\b(?:the|and|is|of|to|in|on|with|for|you|it|are|was|my|that|this|be|at|have)\b/gi;
const isGerman = (text: string): boolean => {
  const one = text.match(german)?.length ?? 0;
  return one >= 2 && one > (text.match(english)?.length ?? 0);
};

// Who was named in full is named again by one part of the name.
function repeated(text: string, found: readonly PiiMatch[]): PiiMatch[] {
  const parts = new Set(
    found
      .filter(({ confidence }) => confidence >= 0.65)
      .flatMap(({ start, end }) => text.slice(start, end).split(/[\s,]+/))
      .filter((one) => one.length > 2 && !isOther(one) && /^\p{Lu}\p{Ll}/u.test(one)),
  );
  if (parts.size === 0) return [];
  return [...text.matchAll(/\p{Lu}[\p{L}\p{M}]+(?:['’-]\p{Lu}[\p{L}\p{M}]+)*/gu)]
    .filter(([one]) => parts.has(one))
    .map(({ 0: one, index }) => ({ kind: "name", rule: "name-again", confidence: 0.65, start: index, end: index + one.length }));
}

const isOther = (one: string): boolean => notNames.has(one.toLowerCase().replace(/['’]s$|\.$/g, ""));

// A run begins and ends where words that are no names begin and end.
function trimmed(text: string, start: number, end: number, strict: boolean): { start: number; end: number } | undefined {
  const parts = [...text.slice(start, end).matchAll(/[^\s,]+/g)].map(({ 0: one, index }) => ({
    one,
    start: start + index,
    end: start + index + one.length,
  }));
  const own = /['’]s$/;
  let from = 0;
  while (from < parts.length && (isOther(parts[from].one) || (strict && capitals.test(parts[from].one) && parts[from].one.length > 1))) from++;
  let to = from;
  while (to < parts.length && !isOther(parts[to].one)) {
    to++;
    if (own.test(parts[to - 1].one)) break;
  }
  if (to === from) return undefined;
  const last = parts[to - 1];
  const cut = own.test(last.one)
    ? last.end - 2
    : last.one.endsWith(".") && last.one.length > 2 && !/^(?:Jr|Sr)\.$/.test(last.one)
      ? last.end - 1
      : last.end;
  return { start: parts[from].start, end: cut };
}

function judge(text: string, start: number, end: number, loose: boolean): { rule: string; confidence: number } | undefined {
  const parts = text.slice(start, end).split(/[\s,]+/);
  const known = parts.some(isGiven);
  const whole = /^\p{Lu}\p{Ll}/u.test(parts[0]) || /^\p{Lu}\./u.test(parts[0]);
  if (!whole && parts.length < 2) return undefined;
  if (
    /^(?: (?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Court|Inc|Ltd|LLC|Corp|University|Hospital|School|Airport|Bank|Park|County|City)\b|@|\.\w|\/)/.test(
      text.slice(end, end + 12),
    )
  )
    return undefined;
  if (/[@/.\w-]$/.test(text.slice(Math.max(0, start - 1), start))) return undefined;
  if (isGiven(parts[0])) return { rule: "name-given", confidence: parts.length > 1 ? 0.85 : 0.7 };
  if (parts.length > 1 && (known || (isDoubtfulGiven(parts[0]) && isSurname(parts[parts.length - 1]))))
    return { rule: "name-given", confidence: 0.7 };
  if (loose && isSurname(parts[parts.length - 1]) && !capitals.test(parts[parts.length - 1])) {
    if (parts.length > 1) return { rule: "name-surname", confidence: 0.65 };
    // Alone it is one where the sentence goes on around it: "Johnson's song", "the Jensen novel".
    if (!/(?:^|[.!?\n"“(:*>-]) *$/.test(text.slice(Math.max(0, start - 4), start))) return { rule: "name-surname", confidence: 0.55 };
  }
  if (loose && parts.length === 1 && foreign.test(parts[0]) && /^\p{Lu}[\p{Ll}'’-]{2,}$/u.test(parts[0]))
    return { rule: "name-foreign", confidence: 0.5 };
  if (parts.length === 1 && acting.test(text.slice(end, end + 24)) && parts[0].length > 2 && !capitals.test(parts[0]))
    return { rule: "name-acting", confidence: 0.6 };
  if (!loose || parts.length < 2 || parts.length > 4 || parts.filter((one) => one.length > 1).length < 2 || parts.some((one) => capitals.test(one)))
    return undefined;
  if (afterCue.test(text.slice(end, end + 24))) return { rule: "name-acting", confidence: 0.65 };
  return { rule: "name-capitals", confidence: 0.5 };
}
