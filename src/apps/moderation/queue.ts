// Posts that a person looks at: cases with what the policy said, what a person decided, an appeal and how it ended. Kept in the store; one record a case.
import { randomUUID } from "node:crypto";
import { InkstoneError, listed } from "../../core/index.ts";
import type { Records, Store } from "../../store/index.ts";
import type { Verdict } from "./moderator.ts";
import type { ModerationAction, Post } from "./rules.ts";

/** Where a case stands. */
export const caseStates = ["waiting", "decided", "appealed", "settled"] as const;

/** A state of a case. */
export type CaseState = (typeof caseStates)[number];

/** A decision of a person. */
export interface CaseDecision {
  readonly action: ModerationAction;
  /** Who decided. */
  readonly by: string;
  readonly note?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A case. */
export interface ModerationCase {
  readonly id: string;
  readonly state: CaseState;
  readonly post: Post;
  readonly verdict: Pick<Verdict, "action" | "labels" | "spans">;
  readonly opened: number;
  readonly decision?: CaseDecision;
  readonly appeal?: { readonly reason: string; readonly at: number };
  readonly settlement?: CaseDecision;
}

/** How people decided beside the policy. */
export interface QueueOutcomes {
  readonly cases: number;
  readonly waiting: number;
  readonly appealed: number;
  /** Decided cases, and those in which the person did what the policy said (a review is no opinion and not counted). */
  readonly decided: number;
  readonly judged: number;
  readonly agreed: number;
  readonly appeals: number;
  /** Appeals that changed the decision. */
  readonly granted: number;
}

type Body = Omit<ModerationCase, "id">;
const actions: readonly ModerationAction[] = ["allow", "review", "remove"];
const most = 1000;

/**
 * The review queue of an owner.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const queue = new ModerationQueue(store);
 * const moderator = await Moderator.open();
 * const post = { text: "wtf is this" };
 * const { id } = await queue.add(post, await moderator.judge(post));
 * await queue.decide(id, { action: "remove", by: "ann" });
 * await queue.appeal(id, "it was a joke");
 * (await queue.settle(id, { action: "allow", by: "bob" })).state; // "settled"
 * await queue.settle(id, { action: "allow", by: "bob" }); // throws E_CASE_STATE
 * await store.close();
 */
export class ModerationQueue {
  readonly #records: Records<Body>;
  readonly #owner: string;
  #line: Promise<unknown> = Promise.resolve();

  constructor(store: Store, owner: string = "") {
    this.#records = store.records<Body>("moderation-case");
    this.#owner = owner;
  }

  /** Opens a case of a post, whatever the policy said of it. A post with the id of a case that waits takes its place. Errors: E_CASE_STATE for the id of one that does not wait. */
  async add(post: Post, { action, labels, spans }: Verdict, now: number = Date.now()): Promise<ModerationCase> {
    const id = post.id ?? randomUUID();
    const there = await this.#records.get(this.#owner, id);
    if (there !== undefined && there.body.state !== "waiting")
      throw new InkstoneError("E_CASE_STATE", { id: id.slice(0, 100), state: there.body.state, needed: "waiting" });
    const body: Body = { state: "waiting", post, verdict: { action, labels, spans }, opened: now };
    await this.#records.put(this.#owner, id, body);
    return { id, ...body };
  }

  /** A case. Errors: E_RECORD_UNKNOWN. */
  async get(id: string): Promise<ModerationCase> {
    const found = await this.#records.get(this.#owner, id);
    if (found === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "case", zh: "案件" }, id: id.slice(0, 100) });
    return { id, ...found.body };
  }

  /** Cases, newest first; only those of a state where one is given. At most a thousand. */
  async list({ state }: { readonly state?: CaseState } = {}): Promise<ModerationCase[]> {
    if (state !== undefined && !caseStates.includes(state))
      throw new InkstoneError("E_OPTION", { option: "state", value: state, allowed: listed(caseStates) });
    const found: ModerationCase[] = [];
    for (let before: string | undefined, full = true; full && found.length < most; ) {
      const part = await this.#records.list(this.#owner, { limit: 500, ...(before === undefined ? {} : { before }) });
      found.push(...part.map(({ id, body }) => ({ id, ...body })).filter((one) => state === undefined || one.state === state));
      before = part.at(-1)?.id;
      full = part.length === 500;
    }
    return found.slice(0, most);
  }

  /** A person decides a case that waits. Errors: E_RECORD_UNKNOWN, E_CASE_STATE, E_OPTION. */
  async decide(id: string, decision: Omit<CaseDecision, "at">): Promise<ModerationCase> {
    return this.#move(id, "waiting", (one) => ({ ...one, state: "decided", decision: checked(decision) }));
  }

  /** The author does not agree. Errors: E_RECORD_UNKNOWN, E_CASE_STATE where it is not decided or was appealed before; E_INPUT_EMPTY. */
  async appeal(id: string, reason: string): Promise<ModerationCase> {
    if (reason.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the reason", zh: "申诉理由" } });
    return this.#move(id, "decided", (one) => ({ ...one, state: "appealed", appeal: { reason: reason.slice(0, 4000), at: Date.now() } }));
  }

  /** Somebody else than who decided ends an appeal. Errors: E_RECORD_UNKNOWN, E_CASE_STATE, E_OPTION for the same person. */
  async settle(id: string, decision: Omit<CaseDecision, "at">): Promise<ModerationCase> {
    return this.#move(id, "appealed", (one) => {
      if (one.decision?.by === decision.by)
        throw new InkstoneError("E_OPTION", {
          option: "by",
          value: decision.by,
          allowed: { en: "somebody else than who decided", zh: "作出原决定以外的人" },
        });
      return { ...one, state: "settled", settlement: checked(decision) };
    });
  }

  /** Takes a case away with its post; whether it was there. */
  async remove(id: string): Promise<boolean> {
    return this.#records.remove(this.#owner, id);
  }

  /** How people decided beside the policy. */
  async outcomes(): Promise<QueueOutcomes> {
    const all = await this.list();
    const decided = all.filter(({ decision }) => decision !== undefined);
    const judged = decided.filter(({ verdict }) => verdict.action !== "review");
    const last = ({ settlement, decision }: ModerationCase): ModerationAction | undefined => (settlement ?? decision)?.action;
    return {
      cases: all.length,
      waiting: all.filter(({ state }) => state === "waiting").length,
      appealed: all.filter(({ state }) => state === "appealed").length,
      decided: decided.length,
      judged: judged.length,
      agreed: judged.filter((one) => last(one) === one.verdict.action).length,
      appeals: all.filter(({ appeal }) => appeal !== undefined).length,
      granted: all.filter(({ settlement, decision }) => settlement !== undefined && settlement.action !== decision?.action).length,
    };
  }

  /** Decided cases as rows to learn from or to try a policy on: the text, what was decided last. */
  async examples(): Promise<{ readonly text: string; readonly decision: ModerationAction }[]> {
    return (await this.list()).flatMap(({ post, decision, settlement }) => {
      const action = (settlement ?? decision)?.action;
      return action === undefined ? [] : [{ text: post.text, decision: action }];
    });
  }

  // One after the other: two people do not decide the same case.
  #move(id: string, from: CaseState, change: (one: Body) => Body): Promise<ModerationCase> {
    const work = this.#line.then(async () => {
      const { id: _, ...one } = await this.get(id);
      if (one.state !== from) throw new InkstoneError("E_CASE_STATE", { id: id.slice(0, 100), state: one.state, needed: from });
      const body = change(one);
      await this.#records.put(this.#owner, id, body);
      return { id, ...body };
    });
    this.#line = work.catch(() => undefined);
    return work;
  }
}

function checked({ action, by, note }: Omit<CaseDecision, "at">): CaseDecision {
  if (!actions.includes(action)) throw new InkstoneError("E_OPTION", { option: "action", value: String(action), allowed: listed(actions) });
  if (by.trim() === "")
    throw new InkstoneError("E_OPTION", { option: "by", value: by, allowed: { en: "the name of who decides", zh: "决定人姓名" } });
  return { action, by, ...(note === undefined ? {} : { note: note.slice(0, 4000) }), at: Date.now() };
}
