// Which way a source's own results lean on a question that is asked with yes or no: sentences that report an effect, and sentences that report none. Rules on words; never a verdict of its own.
import { sentenceSpans } from "../../text/index.ts";
import type { SourcePassage } from "../answers/index.ts";

/** A sentence of a source that reports an effect or none. */
export interface ReportedFinding extends SourcePassage {
  /** Whether it reports an effect. */
  readonly effect: boolean;
}

/** Which way the results of a source lean. */
export interface SourceFinding {
  readonly document: string;
  /** "yes" where more is said for an effect, "no" where more is said against one. */
  readonly leaning: "yes" | "no";
  /** Sentences from which that comes, those nearest to the question first, at most six. */
  readonly sentences: readonly ReportedFinding[];
}

const asked =
  /(?:^|[:;,.–—-]\s*)(?:is|are|was|were|do|does|did|can|could|may|might|will|would|should|has|have|had)\b|吗[？?]?$|是否|能否|可否|会不会|有没有/iu;
const asksForMore = /(?:^|[:;,.–—-]\s*)(?:what|which|how|why|who|whom|whose|when|where)\b|什么|哪|多少|为何|怎[么样]|几/iu;
const none =
  /\b(?:no (?:statistically |clinically )?(?:significant|differences?|association|correlation|relationship|effect|evidence|change|improvement|benefit|increase|advantage)|not (?:statistically )?(?:significant|significantly|different|associated|correlated|related|differ|improve|affect|increase|reduce|change|predict|influence|correlate|appear|show|have|found|effective|superior)|(?:did|does|do|were|was|is) not|cannot|failed to|neither|nor|non-?significant|unchanged|similar(?:ly)?|comparable|unaffected|lack of|unrelated|P ?= ?0?\.[1-9]\d)\b|无显著|无明显|不显著|不明显|无统计学意义|无差异|未见|未能|没有|不相关|无关|P\s?>\s?0\.05/iu;
const some =
  /\b(?:significant(?:ly)?|associated with|correlated with|increased|decreased|reduced|improved|improvement|higher|lower|greater|more likely|less likely|effective|superior|better|predict(?:ed|ive|or)|risk factor|P ?[<=] ?0?\.0\d*|independent(?:ly)?|demonstrated|confirmed|revealed|feasible|safe|successful(?:ly)?)\b|显著|有统计学意义|明显|相关|提高|升高|降低|减少|改善|优于|有效|P\s?<\s?0\.05/iu;
// Where an abstract names its parts, what it found stands behind these words.
const found = /(?:^|\n|[.。]\s*)(?:[a-z]+ (?:and|&) )?(?:results?|findings?|conclusions?|结果|结论)\s*[:：\n]/iu;
const mostShown = 6;

// "Laparoscopy in cirrhosis: a safe option?" asks so, too.
const isAskedWithYesOrNo = (question: string): boolean => asked.test(question) || (/[?？]$/.test(question) && !asksForMore.test(question));

const stems = (text: string): Set<string> =>
  new Set([
    ...[...text.toLowerCase().matchAll(/[a-z]{4,}/g)].map(([word]) => word.slice(0, 5)),
    ...[...text.matchAll(/(?=(\p{Script=Han}{2}))/gu)].map(([, pair]) => pair),
  ]);

/**
 * Which way the results lean in the document of the first passage, for a question that is asked with yes or no; undefined for other questions, and where nothing is reported.
 * A sentence weighs the more the more words of the question it has.
 *
 * @example
 * const passage = { text: "We asked 40 women. RESULTS: Calls increased the use of screening (P < 0.01). Letters did not.", document: "a", start: 0, end: 92 };
 * sourceFinding("Do calls increase the use of screening?", [passage])?.leaning; // "yes"
 * sourceFinding("How many women were asked?", [passage]); // undefined
 */
export function sourceFinding(question: string, passages: readonly SourcePassage[]): SourceFinding | undefined {
  const document = passages[0]?.document;
  if (document === undefined || !isAskedWithYesOrNo(question.trim())) return undefined;
  const wanted = stems(question);
  const own = passages.filter((passage) => passage.document === document).sort((one, other) => one.start - other.start);
  const isNamed = own.some(({ text }) => found.test(text));
  let isFound = !isNamed;
  const sentences = own.flatMap((passage) => {
    const heading = isFound ? undefined : found.exec(passage.text);
    if (heading === null) return [];
    const from = heading === undefined ? 0 : heading.index + heading[0].length;
    isFound = true;
    return sentenceSpans(passage.text)
      .filter(({ start, text }) => start + text.length > from)
      .flatMap(({ start, text }) => {
        const effect = none.test(text) ? false : some.test(text) ? true : undefined;
        if (effect === undefined) return [];
        const shared = [...stems(text)].filter((stem) => wanted.has(stem)).length;
        const at = passage.start + start;
        return [{ sentence: { ...passage, text, start: at, end: at + text.length, effect }, weight: 0.3 + shared }];
      });
  });
  if (sentences.length === 0) return undefined;
  const sum = (effect: boolean): number => sentences.reduce((all, { sentence, weight }) => all + (sentence.effect === effect ? weight : 0), 0);
  const shown = [...sentences].sort((one, other) => other.weight - one.weight).slice(0, mostShown);
  return { document, leaning: sum(false) > sum(true) ? "no" : "yes", sentences: shown.map(({ sentence }) => sentence) };
}
