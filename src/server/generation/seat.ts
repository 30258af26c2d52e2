// What a request holds while a served thing works for it: its call, the thing, a place in its line; all given back together. Knows no bodies.
import type { FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { GenerateResult, ServedKind, ServedThings } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { type Call, endingError } from "../http/calls.ts";
import { tell } from "../http/log.ts";

/** What a request is about. */
export interface Wish {
  readonly model?: string;
  readonly keepAliveMs?: number;
  readonly user?: string;
}

/** A request of a kind of served things. */
export class Seat<Kind extends ServedKind> {
  readonly call: Call;
  readonly #kind: Kind;
  readonly #line: string;
  readonly #wish: Wish;
  readonly #request: FastifyRequest;
  readonly #context: ServerContext;
  readonly #held: (() => void)[] = [];

  /** Errors: E_SERVED_MODEL, E_SERVED_NONE, E_KEY_MODEL. */
  constructor(context: ServerContext, kind: Kind, request: FastifyRequest, reply: FastifyReply, wish: Wish = {}) {
    const { name, parent = name } = context.served.find(kind, wish.model);
    context.access.model(request, name);
    tell(request, wish.user === undefined ? { model: name } : { model: name, user: wish.user });
    this.call = context.calls.begin(reply);
    this.#kind = kind;
    this.#line = `${kind}/${parent}`; // what is the same model stands in one line
    this.#wish = { ...wish, model: name };
    this.#request = request;
    this.#context = context;
    reply.raw.once("close", () => this.leave());
  }

  /** The thing, opened where it is not, when it is this request's turn. Errors: those of `Registry.use`; E_QUEUE; the signal's reason. */
  async take(): Promise<ServedThings[Kind]> {
    const { signal } = this.call;
    const { served, line, access } = this.#context;
    const { model, keepAliveMs } = this.#wish;
    this.#held.push(await line(this.#line).enter(signal, access.owner(this.#request)));
    if (signal.aborted) this.leave();
    const lease = await served.use(this.#kind, model, signal, keepAliveMs);
    this.#held.push(lease.leave);
    if (signal.aborted) this.leave();
    signal.throwIfAborted();
    return lease.thing;
  }

  /** Options with whose request it is: what the cache holds is shared within one key only. */
  owned<T extends object>(options: T): T & { readonly key?: string } {
    const owner = this.#context.access.owner(this.#request);
    return owner === "" ? options : { ...options, key: owner };
  }

  /** Counts what was used. */
  async count(promptTokens: number, completionTokens: number): Promise<void> {
    tell(this.#request, { promptTokens, completionTokens });
    await this.#context.access.spend(this.#request, promptTokens + completionTokens);
  }

  /** Work for a whole answer: everything is given back at its end, and an end that the server caused is told as such. */
  async whole<T>(work: (thing: ServedThings[Kind], signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await work(await this.take(), this.call.signal);
    } catch (error) {
      throw endingError(this.call) ?? error;
    } finally {
      this.leave();
    }
  }

  /** Gives everything back. May be called again. */
  leave(): void {
    for (const give of this.#held.splice(0)) give();
  }

  /** A result that is one: an answer that was cut is an error. Errors: E_STOPPING, E_CANCELLED. */
  finished(result: GenerateResult | undefined): GenerateResult {
    if (result === undefined || result.finishReason === "cancelled")
      throw endingError(this.call) ?? new InkstoneError("E_CANCELLED", { what: { en: "The answer", zh: "回答" } });
    return result;
  }
}
