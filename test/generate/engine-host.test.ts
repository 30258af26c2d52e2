// EngineHost: an engine behind messages. It may die, hang or be closed at any moment: every call then fails with a code, and none waits for ever.
import { describe, expect, it } from "vitest";
import { checkOptions, EngineHost, type FromEngine, type StreamPiece, type Transport, threadTransport } from "#generate";
import { finish, root } from "../support/processes.ts";
import { failure, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 8192 });
const load = { kind: "load", path, name: "tiny", options: { precision: "exact", threads: 1, slots: 2 } } as const;
const generate = (maxTokens: number) => ({ kind: "generate", prompt: "Hello you", options: checkOptions({ maxTokens, seed: 1 }) }) as const;
const tokenize = { kind: "tokenize", text: "Hello you", special: false } as const;
const detokenize = { kind: "detokenize", ids: [1, 2] } as const;
const perplexity = { kind: "perplexity", text: "Hello ".repeat(4000), window: 512, special: false } as const;

async function loaded(transport: Transport = threadTransport()): Promise<EngineHost> {
  const host = new EngineHost(transport);
  await host.call<"load">(load);
  return host;
}

// A promise for a call that is going on: resolved once its first piece is there.
function begun(host: EngineHost): { started: Promise<void>; answer: Promise<unknown> } {
  let tell = (): void => undefined;
  const started = new Promise<void>((done) => {
    tell = done;
  });
  return { started, answer: failure(host.call<"generate">(generate(8000), { onPiece: () => tell() })) };
}

const code = (name: string) => expect.objectContaining({ code: name, name: "InkstoneError" });
const moduleOf = (source: string) =>
  new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from "node:worker_threads"; ${source}`)}`);

describe("messages", () => {
  it("are plain data both ways: an engine answers the same over a line of JSON", async () => {
    const lines: string[] = [];
    const inner = threadTransport();
    const throughJson: Transport = {
      ...inner,
      send: (id, call, cancelled) => {
        lines.push(JSON.stringify(call));
        inner.send(id, JSON.parse(lines.at(-1) as string), cancelled);
      },
      listen: (onMessage, onEnd) => inner.listen((message) => onMessage(JSON.parse(JSON.stringify(message)) as FromEngine), onEnd),
    };
    const [plain, other] = [await loaded(), await loaded(throughJson)];
    const answer = await plain.call<"generate">(generate(30));
    expect({ ...(await other.call<"generate">(generate(30))), timings: 0 }).toEqual({ ...answer, timings: 0 });
    expect(await other.call<"tokenize">(tokenize)).toEqual(await plain.call<"tokenize">(tokenize));
    expect(await failure(other.call<"detokenize">({ kind: "detokenize", ids: [1e6] }))).toMatchObject({ code: "E_TOKEN_ID" });
    await plain.close();
    await other.close();
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(["load", "generate", "tokenize", "detokenize", "close"]);
  });

  it("errors cross with their code, facts and words", async () => {
    const host = await loaded();
    const error = await failure(host.call<"generate">({ ...generate(9000) }));
    expect(error).toMatchObject({ code: "E_CONTEXT", parameters: { prompt: 2, maxTokens: 9000, context: 8192 } });
    expect((error as Error).message).toMatch(/2 tokens.*9000.*8192/);
    await host.close();
  });

  it("pieces come in order, and none comes after the answer", async () => {
    const host = await loaded();
    const told: number[] = [];
    let answered = false;
    const onPiece = ({ tokenIds: ids }: StreamPiece) => {
      expect(answered).toBe(false);
      told.push(...ids);
    };
    const { tokenIds } = await host.call<"generate">(generate(200), { onPiece });
    answered = true;
    expect(told).toEqual(tokenIds.slice(0, told.length));
    await host.close();
  });

  it("what a caller's own function throws ends that call with it, and no other", async () => {
    const host = await loaded();
    const mine = new Error("mine");
    const onPiece = () => {
      throw mine;
    };
    const other = host.call<"generate">(generate(20));
    expect(await failure(host.call<"generate">(generate(8000), { onPiece }))).toBe(mine);
    expect((await other).completionTokens).toBe(20);
    await host.close();
  });
});

describe("an engine that has no model", () => {
  it("refuses calls before a load, and a second load", async () => {
    const host = new EngineHost();
    expect(await failure(host.call<"tokenize">(tokenize))).toEqual(code("E_ENGINE_CLOSED"));
    await host.call<"load">(load);
    expect(await failure(host.call<"load">(load))).toEqual(code("E_ENGINE_CLOSED"));
    expect((await host.call<"tokenize">(tokenize)).ids.length).toBeGreaterThan(0);
    await host.close();
  });

  it("can be closed at once, and before its load is done", async () => {
    const idle = new EngineHost();
    await idle.close();
    const busy = new EngineHost();
    const loading = failure(busy.call<"load">(load));
    await busy.close();
    expect(await loading).toEqual(code("E_ENGINE_CLOSED"));
  });

  it("a load that fails can be tried again", async () => {
    const host = new EngineHost();
    expect(await failure(host.call<"load">({ ...load, path: `${path}.none` }))).toMatchObject({ name: "InkstoneError" });
    await host.call<"load">(load);
    await host.close();
  });

  it("a load is cancelled by its signal", async () => {
    const host = new EngineHost();
    expect(await failure(host.call<"load">(load, { signal: AbortSignal.abort() }))).toEqual(code("E_CANCELLED"));
    await host.close();
  });
});

describe("close", () => {
  it("fails every call that is open with E_ENGINE_CLOSED: answers, those that wait, perplexities", async () => {
    const host = await loaded();
    const one = begun(host);
    const two = begun(host);
    const third = failure(host.call<"generate">(generate(5)));
    const fourth = failure(host.call<"perplexity">(perplexity));
    await Promise.all([one.started, two.started]);
    await host.close();
    expect(await Promise.all([one.answer, two.answer, third, fourth])).toEqual(Array(4).fill(code("E_ENGINE_CLOSED")));
  });

  it("twice is once, and a call after it is E_ENGINE_CLOSED", async () => {
    const host = await loaded();
    const [first, second] = [host.close(), host.close()];
    expect(second).toBe(first);
    expect(await failure(host.call<"detokenize">(detokenize))).toEqual(code("E_ENGINE_CLOSED"));
    await first;
    for (const call of [generate(1), tokenize, perplexity, load]) expect(await failure(host.call(call))).toEqual(code("E_ENGINE_CLOSED"));
    await host.close();
  });

  it("does not wait for an engine that hangs", async () => {
    const host = new EngineHost(threadTransport(moduleOf("parentPort.on('message', () => { for (;;); });")), { closeMs: 0 });
    const call = failure(host.call<"detokenize">(detokenize));
    await host.close();
    expect(await call).toEqual(code("E_ENGINE_CLOSED"));
  });
});

describe("death", () => {
  it("of the thread fails every open call and every later one with E_ENGINE_DIED, and close returns", async () => {
    const transport = threadTransport();
    const host = await loaded(transport);
    const one = begun(host);
    const waiting = [
      failure(host.call<"generate">(generate(8000))),
      failure(host.call<"generate">(generate(5))),
      failure(host.call<"perplexity">(perplexity)),
    ];
    await one.started;
    await transport.end();
    expect(await Promise.all([one.answer, ...waiting])).toEqual(Array(4).fill(code("E_ENGINE_DIED")));
    expect(await failure(host.call<"tokenize">(tokenize))).toEqual(code("E_ENGINE_DIED"));
    await host.close();
    expect(await failure(host.call<"tokenize">(tokenize))).toEqual(code("E_ENGINE_CLOSED"));
  });

  it.each([
    ["exits", "parentPort.on('message', () => process.exit(7));", /7/],
    ["throws", "parentPort.on('message', () => { throw new Error('out of luck'); });", /out of luck/],
    ["cannot start", "throw new Error('no start');", /no start/],
    ["is no module", "this is no JavaScript", /./],
  ])("of a thread that %s is told with its reason", async (_, source, why) => {
    const host = new EngineHost(threadTransport(moduleOf(source)));
    const error = await failure(host.call<"detokenize">(detokenize));
    expect(error).toEqual(code("E_ENGINE_DIED"));
    expect((error as Error).message).toMatch(why);
    await host.close();
  });

  it("of one engine leaves another untouched", async () => {
    const transport = threadTransport();
    const [dying, living] = [await loaded(transport), await loaded()];
    const answer = living.call<"generate">(generate(300));
    await transport.end();
    expect(await failure(dying.call<"generate">(generate(1)))).toEqual(code("E_ENGINE_DIED"));
    expect((await answer).completionTokens).toBe(300);
    await living.close();
  });
});

describe("the process", () => {
  it("is kept alive by open calls only: a program that forgets to close its model ends by itself", async () => {
    const program = `import { LanguageModel } from "inkstone";
      const model = await LanguageModel.open(${JSON.stringify(path)}, { threads: 1 });
      model.generate("Hello", { maxTokens: 2 }).then((result) => console.log("answered", result.completionTokens));`;
    const { code: exit, stdout, stderr } = await finish(process.execPath, ["--input-type=module", "-e", program], { cwd: root });
    expect([exit, stdout, stderr]).toEqual([0, "answered 2\n", ""]);
  });
});
