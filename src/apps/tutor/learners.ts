// Learners in the store: answers, what they say of each concept, what is due for review, advice. One record a learner; nothing of it stays when it is erased.
import { counted, InkstoneError, type Language } from "../../core/index.ts";
import { optionalPackage } from "../../formats/index.ts";
import type { Records, Store } from "../../store/index.ts";
import { KnowledgeTracer } from "./tracing.ts";

/** An answer to keep. */
export interface NewAnswer {
  readonly concept: string;
  readonly right: boolean;
  /** What is reviewed. Default: the concept. */
  readonly item?: string;
  /** How it went, where the learner says: "hard" and "easy" move the next review. Default "good". */
  readonly ease?: "hard" | "good" | "easy";
  /** Milliseconds since 1970. Default: now. */
  readonly at?: number;
}

/** What is known of a concept. */
export interface ConceptState {
  readonly concept: string;
  /** The chance that the next answer is right: 0 to 1. */
  readonly mastery: number;
  readonly answers: number;
  readonly right: number;
}

/** What is to be reviewed, and when. */
export interface ReviewState {
  readonly item: string;
  readonly concept: string;
  /** ISO 8601. */
  readonly due: string;
  readonly isDue: boolean;
  readonly stability: number;
  readonly lapses: number;
}

/** All that is known of a learner. */
export interface LearnerState {
  readonly learner: string;
  readonly answers: number;
  /** Weakest first. */
  readonly concepts: readonly ConceptState[];
  /** Soonest first. */
  readonly reviews: readonly ReviewState[];
  readonly advice: readonly string[];
}

interface KeptCard {
  readonly concept: string;
  readonly due: string;
  readonly stability: number;
  readonly difficulty: number;
  readonly elapsed_days: number;
  readonly scheduled_days: number;
  readonly learning_steps: number;
  readonly reps: number;
  readonly lapses: number;
  readonly state: number;
  readonly last_review?: string;
}
interface LearnerBody {
  readonly answers: readonly { readonly concept: string; readonly right: boolean; readonly item: string; readonly at: number }[];
  readonly cards: Readonly<Record<string, KeptCard>>;
}

/** Answers that are kept of a learner; the oldest make room. */
const keptAnswers = 5000;
const weak = 0.75;
const grades = { again: 1, hard: 2, good: 3, easy: 4 } as const;

type Fsrs = typeof import("ts-fsrs");
const loadFsrs = (): Promise<Fsrs> => optionalPackage("ts-fsrs@5.4.2", { en: "review schedules", zh: "安排复习" }, () => import("ts-fsrs"));

/** How learners are kept. */
export interface LearnersOptions {
  /** Whose learners they are: the key's name on a server. Default "". */
  readonly owner?: string;
  /** Default: the untrained one. */
  readonly tracer?: KnowledgeTracer;
}

/**
 * Learners of a store. Reviews are scheduled by FSRS (ts-fsrs 5.4.2 with its defaults and without chance): a wrong answer is "again", a right one "good" unless the learner says more.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const learners = new Learners(store);
 * await learners.answer("ada", { concept: "fractions", right: false });
 * const { advice } = await learners.state("ada", { language: "en" });
 * advice[0].includes("fractions"); // true
 * await learners.erase("ada"); // true
 * await store.close();
 */
export class Learners {
  readonly #records: Records<LearnerBody>;
  readonly #owner: string;
  readonly #tracer: KnowledgeTracer;
  #line: Promise<void> = Promise.resolve();

  constructor(store: Store, { owner = "", tracer = new KnowledgeTracer() }: LearnersOptions = {}) {
    this.#records = store.records<LearnerBody>("learner");
    this.#owner = owner;
    this.#tracer = tracer;
  }

  /** Keeps an answer. Errors: E_OPTION for a learner or concept without a name; E_PACKAGE_MISSING without ts-fsrs. */
  async answer(learner: string, answer: NewAnswer): Promise<void> {
    // One after the other: none is lost where two come at once.
    const work = this.#line.then(() => this.#keep(learner, answer));
    this.#line = work.catch(() => undefined);
    return work;
  }

  async #keep(learner: string, { concept, right, item = concept, ease = "good", at = Date.now() }: NewAnswer): Promise<void> {
    for (const [option, value] of Object.entries({ learner, concept, item }))
      if (value.trim() === "" || value.length > 200)
        throw new InkstoneError("E_OPTION", {
          option,
          value: value.slice(0, 40),
          allowed: { en: "a name of 1 to 200 characters", zh: "1 至 200 个字符的名称" },
        });
    const { createEmptyCard, fsrs } = await loadFsrs();
    const body = await this.#body(learner);
    const kept = Object.hasOwn(body.cards, item) ? body.cards[item] : undefined;
    const now = new Date(at);
    const before = kept === undefined ? createEmptyCard(now) : cardOf(kept);
    const { card } = fsrs({ enable_fuzz: false }).next(before, now, right ? grades[ease] : grades.again);
    const next: KeptCard = { concept, ...card, due: card.due.toISOString(), last_review: card.last_review?.toISOString() };
    await this.#records.put(this.#owner, learner, {
      answers: [...body.answers, { concept, right, item, at }].slice(-keptAnswers),
      cards: { ...body.cards, [item]: next },
    });
  }

  /** What is known of a learner; of one who never answered, nothing. Advice names the weakest concepts, and changes with the answers. */
  async state(
    learner: string,
    { language = "en", now = Date.now() }: { readonly language?: Language; readonly now?: number } = {},
  ): Promise<LearnerState> {
    const { answers, cards } = await this.#body(learner);
    const names = [...new Set(answers.map(({ concept }) => concept))];
    const masteries = this.#tracer.masteries(answers, names);
    const concepts = names
      .map((concept, i): ConceptState => {
        const own = answers.filter((one) => one.concept === concept);
        return { concept, mastery: Math.round(masteries[i] * 1000) / 1000, answers: own.length, right: own.filter(({ right }) => right).length };
      })
      .sort((a, b) => a.mastery - b.mastery);
    const reviews = Object.entries(cards)
      .map(
        ([item, { concept, due, stability, lapses }]): ReviewState => ({
          item,
          concept,
          due,
          isDue: Date.parse(due) <= now,
          stability: Math.round(stability * 100) / 100,
          lapses,
        }),
      )
      .sort((a, b) => (a.due < b.due ? -1 : 1));
    return { learner, answers: answers.length, concepts, reviews, advice: adviceOn(concepts, reviews, language) };
  }

  /** The learners that there are, at most a thousand, newest first. */
  async list(): Promise<string[]> {
    return (await this.#records.list(this.#owner, { limit: 1000 })).map(({ id }) => id);
  }

  /** Takes everything of a learner away; whether there was something. */
  async erase(learner: string): Promise<boolean> {
    return this.#records.remove(this.#owner, learner);
  }

  async #body(learner: string): Promise<LearnerBody> {
    return (await this.#records.get(this.#owner, learner))?.body ?? { answers: [], cards: {} };
  }
}

const cardOf = ({ concept: _, ...card }: KeptCard): Omit<KeptCard, "concept"> => card;

function adviceOn(concepts: readonly ConceptState[], reviews: readonly ReviewState[], language: Language): string[] {
  const zh = language === "zh";
  if (concepts.length === 0) return [zh ? "还没有作答记录：先做几道题。" : "There are no answers yet: begin with a few items."];
  const due = reviews.filter(({ isDue }) => isDue);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const weakest = concepts
    .filter(({ mastery }) => mastery < weak)
    .slice(0, 3)
    .map(({ concept, mastery, right, answers }) =>
      zh
        ? `重点复习“${concept}”：${answers} 次作答答对 ${right} 次，下次答对的可能性约 ${percent(mastery)}。`
        : `Work on "${concept}": ${right} of ${counted(answers, "answer")} right, the next one with a chance of ${percent(mastery)}.`,
    );
  const waiting =
    due.length === 0
      ? []
      : [zh ? `今天有 ${due.length} 项待复习，先从“${due[0].item}”开始。` : `${due.length} to review today, "${due[0].item}" first.`];
  const none = weakest.length > 0 ? [] : [zh ? "没有薄弱的知识点：可以学习新的内容。" : "No concept is weak: go on to something new."];
  return [...weakest, ...none, ...waiting];
}
