// Statements about groups of people: contempt, threats, denial of worth; not what only tells of them, speaks against them, or negates them. English and Chinese. Knows no policy.
import { sentenceSpans } from "../../../text/index.ts";
import { chineseStatement } from "./chinese.ts";
import { ambiguousSlurs, contemptWords, groupWords, negators, slurWords, violenceWords, worthWords } from "./lexicon.ts";
import { StatementReader, type StatementWord } from "./reading.ts";
import type { GroupStatement, StatementKind } from "./types.ts";

const slurs = new Map(
  slurWords.flatMap((word) => [word, `${word}s`, word.replace(/y$/, "ies"), word.replace(/ch$/, "ches")].map((form) => [form, word] as const)),
);
const groups: ReadonlySet<string> = new Set(groupWords);
const contempt: ReadonlySet<string> = new Set(contemptWords);
const violence: ReadonlySet<string> = new Set(violenceWords);
const worth: ReadonlySet<string> = new Set(worthWords);
const reader = new StatementReader([...groupWords, ...slurs.keys(), ...contemptWords, ...violenceWords, ...worthWords, "fuck", "fucking", "shit"]);

const quoted = /["“”«»][^"“”«»]{4,300}["“”«»]|(?<=^|\s)['‘][^'‘’]{8,300}['’](?=$|[\s.,!?])/gu;
// Somebody else's words, and what is thought of them.
const reports =
  /\b(?:say|says|said|saying|call|calls|called|calling|claim\w*|write|writes|writing|post|posts|posting|tweet\w*|argu\w+|rhetoric|statements?|comments?|phrases?|people who|anyone who|someone who|those who|whoever|idea that|believe|think|opinion)\b/iu;
const condemns =
  /\b(?:misguided|hateful|hate speech|not (?:okay|ok|acceptable|right|cool|funny)|unacceptable|bigot\w*|racis\w*|sexis\w*|misogyn\w*|homophob\w*|transphob\w*|islamophob\w*|xenophob\w*|ableis\w*|antisemit\w*|ignorance|hurts to (?:see|hear|read)|shows how|shameful|ashamed|shame on|stop (?:saying|calling|posting)|should(?:n'?t| not| never) (?:say|call|post|be)|(?:can|could)(?:no|n')t seriously|banned?|reported?|opinion (?:does ?n'?t|does not) (?:count|matter)|luckily|dehumani[sz]\w+|backwards?|outdated|wrong (?:to|of you)|offended by|tired of hearing|disgusting (?:thing )?to|no (?:respect|tolerance|patience) for (?:people|anyone|those)|no one should|not tolerate|problem with (?:people|saying)|educate)\b/iu;
// A question, or a manner of speaking, that means the opposite of its "not", or no question at all.
const mannered =
  /\b(?:is|does|do|are|was|isn'?t|aren'?t|doesn'?t|don'?t|why|how|can)\b[^.?!]{0,20}?\bnot\b(?= (?:obvious|clear|make it|evident|true|see|typical))|\b(?:isn'?t|aren'?t|doesn'?t|don'?t|wouldn'?t|shouldn'?t|can'?t|why do(?:n'?t)?) (?=(?:it|we|you|this|that|they|everyone|someone|somebody)\b)|\bcan(?:no|')t (?=(?:wait|stand|bear)\b)|\bcan(?:no|')t help (?:themselves|it|yourselves)\b|\bno(?:thing|body)? (?=(?:but|more than|worse|doubt|other than)\b)|\bwithout (?=(?:a |any )?(?:doubt|exception|mercy|question|hesitation))|\bnot (?=(?:only|just)\b)|\bnever (?=(?:trust|forget)\b)|\bnothing (?=(?:but|worse|more|other)\b)/giu;
const endorses =
  /\b(?:where is the (?:mistake|problem|harm) in|what(?:'s| is) wrong (?:with|in)|am i (?:wrong|alone)|how is it (?:not )?wrong|why is it wrong|needless to say|i'?m just saying)\b/iu;
const intent =
  /\b(?:i|we)(?:'ll|'d|'m| will| would| want| wish| hope| am| are| shall| should| could| can| need| must| have| do|'re| just| simply)|\blet'?s\b|\bhow about\b|\b(?:should|ought|must|need to|deserve|deserves|have to|has to|hope|wish|will|gonna|going to|if only|time to|just|would|can)\b|\bat my hands\b|\bnot be illegal\b/iu;
const implied: readonly RegExp[] = [
  /\b(?:monkey|ape|insect|rat|dog|pig|animal|worm|cockroach|rock)s?\b.{0,30}\b(?:more|smarter|better|cleaner|worth)\b.{0,40}\bthan\b/iu,
  /\b(?:more|smarter|better|cleaner)\b.{0,25}\bthan\b.{0,25}\b(?:combined|all of (?:you|them))\b/iu,
  /\bwould (?:never|not|rather die than)\b.{0,40}\b(?:touched|cooked|made|served|used|sat|sit|shake|live)\b/iu,
  /\b(?:if|when) i (?:woke up|were|was|had been born|became)\b.{0,40}\b(?:kill|shoot|hang|end) (?:myself|my life|it)\b/iu,
  /\b(?:locked (?:up|away)|behind bars|in (?:cages|a cage|zoos|camps))\b/iu,
  /\b(?:go back to|get out of|sent back|send (?:them|you) back|kicked out|keep out|out of (?:our|this|my)) \w+/iu,
  /\b(?:taking over|ruin(?:ed|ing|s)?|destroy(?:ed|ing|s)?|steal(?:ing|s)?) (?:our|this|the|my)\b/iu,
  /\bshould (?:all )?(?:know|learn|stay in) (?:your|their) place\b|\bbelongs? in (?:the kitchen|cages|a zoo|jail|prison|hell|the (?:gutter|trash))\b/iu,
  /\b(?:can(?:no|')?t|never|don'?t|won'?t) (?:be )?(?:trust\w*|integrate|change|learn|think|drive)\b|\bnever trust\b/iu,
  /\btoo many\b.{0,30}\b(?:in|around|here|everywhere)\b|\bput an end to\b|\bget rid of\b|\bwipe(?:d)? out\b|\buntil (?:you|they) are gone\b|\bend (?:every|all|the|their|your)\b.{0,20}\bli(?:fe|ves)\b/iu,
  /\b(?:only|always|typical(?: of)?|of course)\b.{0,40}\b(?:would|could|can|be|is|are|so|that)\b.{0,15}\b(?:stupid|dumb|ignorant|cruel|violent|bad|dense|low)\b/iu,
  /\b(?:don'?t|do not|never) (?:really )?(?:belong|count|contribute)\b|\bfuck (?:all|every|off|you|them|those|these)\b|\bgo fuck\b|\bfucking\b|\bworth shit\b|\bfuck\b/iu,
];
const flung =
  /\b(?:you(?:'re| are|r)?|just (?:another|a|some)|nothing but|(?:nothing but|just) an?|typical|stupid|dumb|dirty|filthy|ugly|fucking|another|these|those|all|every|too many|hate|of an?|such an?|what an?|like an?|common|kill|shut up|you're such|calling (?:you|me|them|her|him)) *$/iu;
const people = new Set("they them their theirs those these you your ones".split(" "));
const reclaimed = /\b(?:my|our|i'?m|i am|we'?re|we are|us|proud|love|fellow|day one)\b/iu;

/**
 * The statements of a text about groups.
 *
 * Source of the kinds: Röttger et al. 2021, "HateCheck: functional tests for hate speech detection models", section 2.
 *
 * @example
 * groupStatements("Immigrants are scum.").map(({ kind, group }) => [kind, group]); // [["contempt", "immigrants"]]
 * groupStatements("It is wrong to say that immigrants are scum."); // []
 */
export function groupStatements(text: string): GroupStatement[] {
  const chinese = chineseStatement(text);
  if (chinese !== undefined) return [chinese];
  if (!/[a-z]/i.test(text)) return [];
  if (!reader.read(text).some(({ word }) => groups.has(word) || slurs.has(word))) return [];
  const open = masked(text);
  const isReport = open !== text || reports.test(open);
  if (isReport && condemns.test(open) && !endorses.test(open)) return [];
  const sentences = sentenceSpans(open).map((span) => sentenceOf(span.text, span.start));
  return sentences.flatMap((sentence, i) => {
    const near = groupOf(sentence) ?? (sentence.refers ? (groupOf(sentences[i - 1]) ?? groupOf(sentences[i + 1])) : undefined);
    const found = slurIn(sentence) ?? (near === undefined ? undefined : statementIn(sentence, near.word));
    return found === undefined ? [] : [found];
  });
}

// Quotations are somebody else's: they are looked at only where there is nothing else.
function masked(text: string): string {
  const rest = text.replace(quoted, (found) => " ".repeat(found.length));
  return /\p{L}{2}/u.test(rest) ? rest : text;
}

interface Sentence {
  readonly text: string;
  readonly start: number;
  readonly words: readonly StatementWord[];
  /** Speaks of "they" or "you". */
  readonly refers: boolean;
}

function sentenceOf(text: string, start: number): Sentence {
  // "not" of a manner of speaking negates nothing. Places stay.
  const words = reader.read(text.replace(mannered, (found) => " ".repeat(found.length)));
  return { text, start, words, refers: words.some(({ word }) => people.has(word)) };
}

const groupOf = (sentence: Sentence | undefined): StatementWord | undefined => sentence?.words.find(({ word }) => groups.has(word));

function slurIn({ text, start, words }: Sentence): GroupStatement | undefined {
  for (const { word, start: from, end } of words) {
    const slur = slurs.get(word);
    if (slur === undefined) continue;
    const before = text.slice(0, from);
    if (reclaimed.test(before) && !/\bhate\b/i.test(before)) continue;
    if (ambiguousSlurs.has(slur) && !flung.test(before) && !(words.length <= 4)) continue;
    return { start: start + from, end: start + end, kind: "slur", group: slur };
  }
  return undefined;
}

const inside = (sentence: Sentence, kind: StatementKind, group: string): GroupStatement => ({
  start: sentence.start,
  end: sentence.start + sentence.text.length,
  kind,
  group,
});

function statementIn(sentence: Sentence, group: string): GroupStatement | undefined {
  const { words, text } = sentence;
  const negatedAt = (at: number, reach: number): boolean =>
    words.slice(Math.max(0, at - reach), at).filter(({ word }) => negators.has(word)).length % 2 === 1;
  for (const [i, { word }] of words.entries()) {
    if (contempt.has(word) && !negatedAt(i, 6)) return inside(sentence, "contempt", group);
    if (violence.has(word) && intent.test(text) && !negatedAt(i, 7)) return inside(sentence, "threat", group);
    if (
      worth.has(word) &&
      negatedAt(i, 4) &&
      !contempt.has(words[i + 1]?.word ?? "") &&
      !/^(?:any )?less$/.test(words[i + 1]?.word ?? "") &&
      !deniesHarm(words, i)
    )
      return inside(sentence, "worth", group);
  }
  const said = words.map(({ word }) => word).join(" ");
  return implied.some((pattern) => pattern.test(text) || pattern.test(said)) ? inside(sentence, "implied", group) : undefined;
}

// "do not deserve to die": what is denied is the harm.
const deniesHarm = (words: readonly StatementWord[], at: number): boolean =>
  words.slice(at + 1, at + 7).some(({ word }) => violence.has(word) || contempt.has(word) || word === "less");
