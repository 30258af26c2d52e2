// One turn of a talk: understands, feels, goes on with a flow or begins one, answers from stories, replies or the knowledge base, or calls a person. Knows no store and no HTTP.
import { InkstoneError, shortened } from "../../core/index.ts";
import { answerFrom, type Citation } from "../answers/index.ts";
import type { KnowledgeBase } from "../knowledge/index.ts";
import { emotionOf, wantsPerson } from "./emotion.ts";
import { callSkill, type Skill, supportSkills } from "./skills.ts";
import { type HandOverReason, type OpenFlow, type SupportReply, summaryOf, type Talk, withTurn } from "./state.ts";
import { StoryPolicy } from "./stories.ts";
import type { Flow, StoryStep, SupportProject } from "./types.ts";
import type { Understanding, Understood } from "./understand.ts";
import { parseYesNo, slotValue } from "./values.ts";
import { phrases } from "./words.ts";

/** What a talk works with. */
export interface ConversationParts {
  readonly project: SupportProject;
  readonly mind: Understanding;
  readonly knowledge?: KnowledgeBase;
  /** Skills beside those that are there. */
  readonly skills?: Readonly<Record<string, Skill>>;
}

/** Who talks, and when. */
export interface TurnOptions {
  /** The record of the customer who talks: replies may use its fields, as `{customer.name}`. */
  readonly customer?: Readonly<Record<string, unknown>>;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

// What becomes of a turn, before it is put into words.
interface Outcome {
  readonly parts: readonly string[];
  readonly citations?: readonly Citation[];
  readonly talk: Talk;
  readonly handOver?: HandOverReason;
}

interface Turn extends TurnOptions {
  readonly text: string;
  readonly understood: Understood;
}

const handOverNames = /^(?:hand_?over|human_?handoff|handoff|action_?handoff|talk_?to_?(?:a_?)?human|contact_?human)$/i;
const asksForPerson =
  /\b(?:human|real person|agent|representative|operator|someone real|speak to (?:a|some)\s?(?:person|one))\b|人工|真人|客服人员|转接/iu;
const stops = /^(?:cancel|stop|never ?mind|forget it|quit)\b|^(?:取消|算了|不要了|停止|不办了)/iu;
const mostTries = 3;
const longestText = 4000;

/**
 * A talk with customers after a project.
 *
 * @example
 * const utter = { utter_greet: ["Hello!"], utter_leave: ["Goodbye."] };
 * const lines = { greet: ["hello", "hi there", "good day"], leave: ["goodbye", "bye now", "see you"] };
 * const examples = Object.entries(lines).flatMap(([intent, texts]) => texts.map((text) => ({ intent, text, entities: [] })));
 * const none = { synonyms: {}, lookups: {}, patterns: {}, emotions: [], slots: {}, flows: [], stories: [], data: {} };
 * const project = { ...none, folder: ".", examples, responses: utter, settings: { language: "en", handOverAfter: 2, maxHistory: 8, vectors: "none" } };
 * const talk = new Conversation({ project, mind: await Understanding.train(project) });
 * (await talk.turn(newTalk(), "hello")).reply.reply; // "Hello!"
 */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #policy: StoryPolicy;
  readonly #skills: Readonly<Record<string, Skill>>;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#policy = new StoryPolicy(parts.project.stories, parts.project.settings.maxHistory);
    this.#skills = { ...supportSkills, ...parts.skills };
  }

  /** The answer to what a customer says, and the talk after it. Errors: E_INPUT_EMPTY; E_OPTION beyond 4,000 characters; those of the knowledge base. */
  async turn(talk: Talk, text: string, options: TurnOptions = {}): Promise<{ reply: SupportReply; talk: Talk }> {
    if (text.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
    if (text.length > longestText)
      throw new InkstoneError("E_OPTION", {
        option: "text",
        value: shortened(text, 40),
        allowed: { en: `at most ${longestText} characters`, zh: `最多 ${longestText} 个字符` },
      });
    const understood = await this.#parts.mind.understand(text, { signal: options.signal });
    const { mind } = this.#parts;
    const emotion = (await mind.feel(text, { signal: options.signal })) ?? emotionOf(text);
    // What never learned of texts without an emotion sees one in all of them: then words alone decide what is done about it.
    const mood = mind.knowsNeutral ? emotion : emotionOf(text);
    const felt: Talk = { ...talk, moods: [...talk.moods, mood].slice(-20) };
    const turn: Turn = { ...options, text, understood };
    const outcome = (await this.#person(felt, turn)) ?? (await this.#answered(felt, turn));
    const { language } = this.#parts.project.settings;
    const { soothe } = phrases[language];
    const soothing = Object.hasOwn(soothe, mood.emotion) && mood.strength >= 0.4 ? [soothe[mood.emotion as keyof typeof soothe]] : [];
    const reply = [...soothing.filter((one) => one !== ""), ...outcome.parts].join(language === "zh" ? "" : " ");
    const handOver =
      outcome.handOver === undefined ? null : { reason: outcome.handOver, summary: summaryOf(outcome.talk, outcome.handOver, language, text) };
    const after = withTurn({ ...outcome.talk, handedOver: talk.handedOver || handOver !== null }, { said: text, intent: understood.intent, reply });
    const { intent, confidence } = understood;
    return { reply: { intent, confidence, slots: after.slots, reply, citations: outcome.citations ?? [], emotion, handOver }, talk: after };
  }

  async #person(talk: Talk, { text, understood }: Turn): Promise<Outcome | undefined> {
    const { settings } = this.#parts.project;
    const asked = (understood.inScope && handOverNames.test(understood.intent)) || asksForPerson.test(text);
    const reason = asked ? "asked" : wantsPerson(talk.moods) ? "mood" : undefined;
    return reason === undefined
      ? undefined
      : { parts: [phrases[settings.language].handOver], talk: { ...talk, flow: undefined, unanswered: 0 }, handOver: reason };
  }

  async #answered(talk: Talk, turn: Turn): Promise<Outcome> {
    if (talk.flow !== undefined) return this.#goOn(talk, talk.flow, turn);
    const taken = this.#taken(talk, turn);
    const flow = turn.understood.inScope ? this.#flowOf(turn.understood.intent) : undefined;
    return flow === undefined ? this.#plain(taken, turn) : this.#step({ ...taken, slots: this.#without(taken, talk, flow) }, flow, turn);
  }

  // Slots of an earlier errand are not those of a new one; what was said just now is.
  #without(taken: Talk, before: Talk, { slots }: Flow): Talk["slots"] {
    return Object.fromEntries(Object.entries(taken.slots).filter(([name, value]) => !slots.includes(name) || before.slots[name] !== value));
  }

  #flowOf(intent: string): Flow | undefined {
    return this.#parts.project.flows.find(({ intents }) => intents.includes(intent));
  }

  // The talk with the slots that the text gives.
  #taken(talk: Talk, { understood }: Turn): Talk {
    const { slots } = this.#parts.project;
    const given = understood.entities.flatMap(({ entity, value }) => {
      const checked = slots[entity] === undefined ? undefined : slotValue(value, slots[entity]);
      return checked === undefined ? [] : [[entity, checked] as const];
    });
    return { ...talk, slots: { ...talk.slots, ...Object.fromEntries(given) } };
  }

  async #goOn(talk: Talk, open: OpenFlow, turn: Turn): Promise<Outcome> {
    const { project } = this.#parts;
    const words = phrases[project.settings.language];
    const flow = project.flows.find(({ name }) => name === open.name);
    if (flow === undefined) return this.#plain({ ...talk, flow: undefined }, turn);
    if (stops.test(turn.text.trim())) return { parts: [words.stopped], talk: { ...talk, flow: undefined, unanswered: 0 } };
    if (open.asking === undefined) {
      const agreed = parseYesNo(turn.text);
      if (agreed === true) return this.#finish(talk, flow, turn);
      if (agreed === false) return { parts: [words.stopped], talk: { ...talk, flow: undefined } };
      return this.#digress(talk, flow, open, turn, []);
    }
    const rule = project.slots[open.asking];
    const marked = turn.understood.entities.find(({ entity }) => entity === open.asking)?.value;
    const isFree = (rule.type === "text" || rule.type === "any") && rule.pattern === undefined;
    const isQuestion = /[?？]\s*$/.test(turn.text);
    const isOther = turn.understood.sure && !flow.intents.includes(turn.understood.intent) && this.#hasReply(turn.understood.intent);
    const value = isQuestion || (isOther && isFree) ? undefined : slotValue(isFree ? (marked ?? turn.text) : turn.text, rule);
    if (value === undefined) return this.#digress(talk, flow, open, turn, isOther || isQuestion ? [] : [words.notThat]);
    // What else was said fills what is still open; it changes nothing that was answered.
    const slots = { ...this.#taken(talk, turn).slots, ...talk.slots, [open.asking]: value };
    return this.#step({ ...talk, slots, unanswered: 0 }, flow, turn);
  }

  #hasReply(intent: string): boolean {
    const { responses } = this.#parts.project;
    return responses[`utter_${intent}`] !== undefined || this.#policy.next([{ kind: "intent", intent, entities: [] }]) !== undefined;
  }

  // Something else was said in the middle of a flow: it is answered, and the flow's question asked again.
  async #digress(talk: Talk, flow: Flow, open: OpenFlow, turn: Turn, wrong: readonly string[]): Promise<Outcome> {
    const again = this.#question(talk, open.asking, flow, turn);
    if (wrong.length > 0) {
      const tries = open.tries + 1;
      if (tries >= mostTries)
        return { parts: [phrases[this.#parts.project.settings.language].handOver], talk: { ...talk, flow: undefined }, handOver: "flow" };
      return { parts: [...wrong, again], talk: { ...talk, flow: { ...open, tries } } };
    }
    const aside = await this.#plain({ ...talk, flow: undefined }, turn);
    return aside.handOver === undefined ? { ...aside, parts: [...aside.parts, again], talk: { ...aside.talk, flow: open } } : aside;
  }

  // Asks for what is missing, or for a confirmation, or is done.
  async #step(talk: Talk, flow: Flow, turn: Turn): Promise<Outcome> {
    const missing = flow.slots.find((slot) => talk.slots[slot] === undefined);
    const skill = flow.skill === undefined ? undefined : this.#skills[flow.skill];
    if (missing === undefined && flow.confirm !== true && skill?.changes !== true) return this.#finish(talk, flow, turn);
    return {
      parts: [this.#question(talk, missing, flow, turn)],
      talk: { ...talk, flow: { name: flow.name, asking: missing, tries: 0 }, unanswered: 0 },
    };
  }

  #question(talk: Talk, slot: string | undefined, flow: Flow, turn: Turn): string {
    const { project } = this.#parts;
    if (slot !== undefined) return this.#worded(`utter_ask_${slot}`, talk, turn);
    const known = flow.slots.map((name) => `${name}: ${String(talk.slots[name])}`).join(", ");
    return phrases[project.settings.language].confirm(known);
  }

  async #finish(talk: Talk, flow: Flow, turn: Turn): Promise<Outcome> {
    const done: Talk = { ...talk, flow: undefined, unanswered: 0 };
    const { project } = this.#parts;
    try {
      const context = { data: project.data, customer: turn.customer, now: turn.now ?? new Date() };
      const results = flow.skill === undefined ? {} : await callSkill(this.#skills, flow.skill, { ...flow.with, ...talk.slots }, context);
      const name = flow.reply ?? `utter_${flow.name}`;
      return {
        parts: [project.responses[name] === undefined ? phrases[project.settings.language].done : this.#worded(name, done, turn, results)],
        talk: done,
      };
    } catch (error) {
      if (!(error instanceof InkstoneError) || error.code !== "E_SUPPORT_SKILL") throw error;
      return { parts: [phrases[project.settings.language].cannot(error, project.settings.language)], talk: done };
    }
  }

  // Stories and rules, then a reply of the intent's own, then the knowledge base, then no answer.
  async #plain(talk: Talk, turn: Turn): Promise<Outcome> {
    const { understood } = turn;
    if (!understood.inScope) return this.#fromKnowledge(talk, turn);
    const said: StoryStep = { kind: "intent", intent: understood.intent, entities: understood.entities.map(({ entity }) => entity) };
    const history = [...talk.history, said];
    const parts: string[] = [];
    for (
      let next = this.#policy.next(history);
      next !== undefined && parts.length < 8 && history.length < talk.history.length + 12;
      next = this.#policy.next(history)
    ) {
      if (handOverNames.test(next))
        return { parts: [...parts, phrases[this.#parts.project.settings.language].handOver], talk: { ...talk, history }, handOver: "asked" };
      history.push({ kind: "action", action: next });
      const name = this.#parts.project.responses[next] === undefined ? `${next}/${understood.intent.split("/")[1] ?? ""}` : next;
      if (this.#parts.project.responses[name] !== undefined) parts.push(this.#worded(name, talk, turn));
    }
    const own = `utter_${understood.intent}`;
    if (parts.length === 0 && this.#parts.project.responses[own] !== undefined) parts.push(this.#worded(own, talk, turn));
    return parts.length === 0 ? this.#fromKnowledge({ ...talk, history }, turn) : { parts, talk: { ...talk, history, unanswered: 0 } };
  }

  async #fromKnowledge(talk: Talk, { text, signal }: Turn): Promise<Outcome> {
    const { knowledge, project } = this.#parts;
    const words = phrases[project.settings.language];
    const answer = knowledge === undefined ? undefined : await answerFrom(text, knowledge, { signal });
    if (answer !== undefined && !answer.refused) return { parts: [answer.answer], citations: answer.citations, talk: { ...talk, unanswered: 0 } };
    const unanswered = talk.unanswered + 1;
    if (unanswered >= project.settings.handOverAfter) return { parts: [words.handOver], talk: { ...talk, unanswered: 0 }, handOver: "unanswered" };
    const own = ["utter_default", "utter_out_of_scope/other", "utter_out_of_scope"].find((name) => project.responses[name] !== undefined);
    return { parts: [own === undefined ? words.unknown : project.responses[own][0]], talk: { ...talk, unanswered } };
  }

  // A reply with its places filled: slots, a skill's results, fields of this customer's record. What is not known stays out.
  #worded(name: string, talk: Talk, { customer = {} }: Turn, results: Readonly<Record<string, unknown>> = {}): string {
    const variants = this.#parts.project.responses[name];
    const facts: Readonly<Record<string, unknown>> = { ...talk.slots, ...results };
    return variants[talk.turns.length % variants.length].replace(
      /\{(customer\.)?([\p{L}\p{N}_]+)\}/gu,
      (_, own: string | undefined, field: string) => {
        const from = own === undefined ? facts : customer;
        const value = Object.hasOwn(from, field) ? from[field] : undefined;
        return typeof value === "object" || value === undefined ? "" : String(value);
      },
    );
  }
}
