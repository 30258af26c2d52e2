// How a customer feels, turn by turn: words, marks and capitals in English and Chinese. Knows no dialogue and no project.

/** Emotions that are told apart. */
export type Emotion = "anger" | "frustration" | "sadness" | "joy" | "neutral";

/** An emotion with its strength, 0 to 1. */
export interface Felt {
  /** An `Emotion`, or a label of the project's own examples. */
  readonly emotion: string;
  readonly strength: number;
}

type Lexicon = Readonly<Record<Exclude<Emotion, "neutral">, readonly (readonly [RegExp, number])[]>>;

// Written for this file. Numbers say how much a word weighs.
const lexicon: Lexicon = {
  anger: [
    [
      /\b(?:angry|furious|outrag\w*|disgust\w*|livid|fed up|sick of|pissed|scam\w*|thie(?:f|ves)|rip(?:ped)?[- ]?off|liars?|incompeten\w*|idiots?|stupid|bullshit|crap|damn|wtf|hell|shame on|sue|lawyer|unacceptable|ridiculous|pathetic|hate|worst|how dare)\b/giu,
      0.6,
    ],
    [
      /(?:气死|愤怒|生气|火大|恼火|骗子|诈骗|欺骗|坑人|坑爹|垃圾|混蛋|滚|太过分|忍无可忍|投诉|曝光|起诉|律师|不要脸|无耻|什么破|恶心|最差|可恶)/gu,
      0.6,
    ],
  ],
  frustration: [
    [
      /\b(?:frustrat\w*|annoy\w*|again and again|still (?:not|no|does|isn|haven|hasn|waiting)\w*|third time|how many times|keeps? (?:failing|crashing|happening)|waste of time|useless|going in circles|not helpful|doesn'?t help|no one (?:answers|helps)|nobody (?:answers|helps)|waiting for (?:hours|days|weeks)|wasted|tired of|impossible|never works)\b/giu,
      0.5,
    ],
    [
      /(?:又(?:坏|错|失败|断)|还是(?:不行|没|不能)|怎么(?:又|还)|第[二三四五六]次|等了(?:好久|很久|半天|几天|一周)|没人(?:理|管|回)|浪费时间|没用|烦死|很烦|太慢|到底|说了多少|一直(?:不|没)|无语|急死)/gu,
      0.5,
    ],
  ],
  sadness: [
    [
      /\b(?:sad|upset|disappoint\w*|unhappy|cry\w*|crying|heartbroken|sorry to (?:say|tell)|depress\w*|lonely|miss(?:ed)? (?:my|him|her)|passed away|died|lost (?:my|all|everything)|hopeless|devastat\w*|let down)\b/giu,
      0.5,
    ],
    [/(?:难过|伤心|失望|遗憾|沮丧|哭|心碎|去世|绝望|委屈|可惜|郁闷)/gu, 0.5],
  ],
  joy: [
    [
      /\b(?:thank(?:s| you)?|great|awesome|perfect|love(?:ly)?|happy|excellent|wonderful|amazing|glad|brilliant|fantastic|appreciate\w*|cool|nice|yay|delighted)\b/giu,
      0.35,
    ],
    [/(?:谢谢|感谢|太好了|很好|满意|开心|高兴|喜欢|棒|赞|不错|完美|爱了)/gu, 0.35],
  ],
};
const negation = /\b(?:not|no|never|isn'?t|wasn'?t|don'?t|doesn'?t|hardly)\s+(?:\w+\s+)?$|[不没别]\s*(?:太|很|是|怎么)?$/iu;

/**
 * The emotion of a text by its words, and by marks and capitals that make it stronger; "neutral" where nothing speaks of one.
 *
 * @example
 * emotionOf("This is the THIRD time! I am furious!!!").emotion; // "anger"
 */
export function emotionOf(text: string): Felt {
  const scores = Object.entries(lexicon).map(([emotion, rows]) => ({
    emotion: emotion as Emotion,
    score: rows.reduce((sum, [pattern, weight]) => sum + weight * hitsOf(text, pattern), 0),
  }));
  const shouting = (text.match(/\b\p{Lu}{3,}\b/gu)?.length ?? 0) >= 2 ? 0.2 : 0;
  const marks = Math.min(0.3, 0.1 * Math.max(0, (text.match(/[!！]/g)?.length ?? 0) - 1));
  const bad = scores.filter(({ emotion }) => emotion !== "joy").reduce((sum, { score }) => sum + score, 0);
  const best = scores.filter(({ emotion }) => emotion !== "joy" || bad === 0).reduce((top, one) => (one.score > top.score ? one : top));
  if (best.score === 0) return shouting > 0 && marks > 0.1 ? { emotion: "frustration", strength: 0.4 } : { emotion: "neutral", strength: 0 };
  return { emotion: best.emotion, strength: Math.min(1, best.score + shouting + marks) };
}

// Words that count, not those behind a negation.
function hitsOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].filter(({ index }) => !negation.test(text.slice(Math.max(0, index - 20), index))).length;
}

/**
 * Whether a person should take over: strong anger at once, or a bad mood in two turns running.
 *
 * @example
 * wantsPerson([{ emotion: "anger", strength: 0.9 }]); // true
 * wantsPerson([{ emotion: "joy", strength: 0.9 }]); // false
 */
export function wantsPerson(turns: readonly Felt[]): boolean {
  const [last, before] = [turns.at(-1), turns.at(-2)];
  const isBad = (felt: Felt | undefined): boolean =>
    felt !== undefined && felt.emotion !== "neutral" && felt.emotion !== "joy" && felt.strength >= 0.4;
  return (last?.emotion === "anger" && last.strength >= 0.8) || (isBad(last) && isBad(before) && last?.emotion !== "sadness");
}
