// The interactive chat on a terminal of our own, with a generator of our own.
import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { chat, holdKeys, type Surroundings } from "#cli";
import { InkstoneError } from "#core";
import { FakeGenerator, untilAborted } from "../server/fake-generator.ts";
import { until } from "../support/until.ts";

/** A terminal: keys go in, the screen is text. */
function terminal() {
  let screen = "";
  let handler: (name: "SIGINT" | "SIGTERM", count: number) => void = () => undefined;
  const sink = () =>
    Object.assign(
      new Writable({
        write(piece, _encoding, done) {
          screen += piece;
          done();
        },
      }),
      { isTTY: true, columns: 80 },
    );
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const around = {
    input,
    output: sink(),
    errors: sink(),
    language: "en",
    debug: false,
    signals: { signal: new AbortController().signal, last: undefined, handle: (next: typeof handler) => (handler = next) },
    say: (words: { en: string }) => words.en,
  } as unknown as Surroundings;
  return {
    around,
    type: (text: string) => input.write(text),
    end: () => input.end(),
    screen: () => screen,
    signal: (name: "SIGINT" | "SIGTERM") => handler(name, 1),
  };
}

const seen = (t: ReturnType<typeof terminal>, text: string | RegExp) => until(() => expect(t.screen()).toMatch(text));

describe("chat", () => {
  it("what is typed while the model loads stands at the prompt, and not on the screen before it", async () => {
    const generator = new FakeGenerator({ pieces: ["fine"] });
    const t = terminal();
    const letGo = holdKeys(t.around);
    t.type("hel");
    t.type("lo\r");
    await new Promise((done) => setImmediate(done));
    expect(t.screen()).toBe("");
    letGo();
    const talk = chat(generator, { options: { temperature: 0 } }, t.around);
    await seen(t, /hello\s+fine\n/);
    t.type("/bye\r");
    await talk;
    expect(generator.calls.map(({ prompt }) => prompt)).toEqual([[{ role: "user", content: "hello" }]]);
  });

  it("keeps the talk, begins anew on /clear, and leaves on /bye", async () => {
    const generator = new FakeGenerator({ pieces: ["fine"] });
    const t = terminal();
    const talk = chat(generator, { system: "be brief", options: { temperature: 0 } }, t.around);
    t.type("hello\r");
    await seen(t, /fine\n.*tokens\/s/);
    t.type("and you?\r");
    await until(() => expect(generator.calls).toHaveLength(2));
    expect(generator.calls[1].prompt).toEqual([
      { role: "system", content: "be brief" },
      { role: "user", content: "hello" },
      { role: "assistant", content: "fine" },
      { role: "user", content: "and you?" },
    ]);
    await until(() => expect(generator.running).toBe(0));
    t.type("/clear\r");
    t.type("again\r");
    await until(() => expect(generator.calls).toHaveLength(3));
    expect(generator.calls[2].prompt).toEqual([
      { role: "system", content: "be brief" },
      { role: "user", content: "again" },
    ]);
    await until(() => expect(generator.running).toBe(0));
    t.type("/bye\r");
    await talk;
    expect(generator.closed).toBe(true);
  });

  it("Ctrl-C stops the answer and not the program; what was said stays in the talk", async () => {
    const generator = new FakeGenerator({ pieces: ["begun", "never"], before: (i, signal) => (i === 0 ? Promise.resolve() : untilAborted(signal)) });
    const t = terminal();
    const talk = chat(generator, { options: {} }, t.around);
    t.type("tell\r");
    await seen(t, /begun/);
    t.type("\u0003");
    await seen(t, /\(stopped\)/);
    generator.script = { pieces: ["more"] };
    t.type("go on\r");
    await until(() => expect(generator.calls).toHaveLength(2));
    expect(generator.calls[1].prompt).toMatchObject([{ content: "tell" }, { role: "assistant", content: "begun" }, { content: "go on" }]);
    await until(() => expect(generator.running).toBe(0));
    t.type("/bye\r");
    await talk;
  });

  it("L08: Ctrl-C clears a line, warns at an empty one, and the next leaves with 130", async () => {
    const t = terminal();
    const generator = new FakeGenerator();
    const talk = chat(generator, { options: {} }, t.around);
    talk.catch(() => undefined);
    t.type("half a thought\u0003");
    t.type("\u0003");
    await seen(t, /Ctrl-C again leaves/);
    t.type("\u0003");
    await expect(talk).rejects.toMatchObject({ exit: 130 });
    expect(generator.calls).toHaveLength(0);
    expect(generator.closed).toBe(true);
  });

  it("the end of input leaves, and SIGTERM leaves with 143 in the middle of an answer", async () => {
    const t = terminal();
    const talk = chat(new FakeGenerator(), { options: {} }, t.around);
    t.end();
    await talk;
    const other = terminal();
    const generator = new FakeGenerator({ before: (_i, signal) => untilAborted(signal) });
    const second = chat(generator, { options: {} }, other.around);
    second.catch(() => undefined);
    other.type("hello\r");
    await until(() => expect(generator.running).toBe(1));
    other.signal("SIGTERM");
    await expect(second).rejects.toMatchObject({ exit: 143 });
    expect(generator.running).toBe(0);
  });

  it("L12: what a model says cannot drive the terminal", async () => {
    const generator = new FakeGenerator({ pieces: ["\u001b]0;title\u0007", "\u001b[2J"] });
    const t = terminal();
    const talk = chat(generator, { options: {} }, t.around);
    t.type("hi\r");
    await seen(t, /\\u001b\]0;title\\u0007\\u001b\[2J/);
    t.type("/bye\r");
    await talk;
  });

  it("pasted lines are one question, with their indentation; what is typed behind them belongs to it", async () => {
    const generator = new FakeGenerator({ pieces: ["fine"] });
    const t = terminal();
    const talk = chat(generator, { options: {} }, t.around);
    await seen(t, "\u001b[?2004h");
    t.type("see: \u001b[200~def f():\r    return 1\r\rf()\u001b[201~ ?\r");
    await until(() => expect(generator.calls).toHaveLength(1));
    expect(generator.calls[0].prompt).toEqual([{ role: "user", content: "see: def f():\n    return 1\n\nf() ?" }]);
    await until(() => expect(generator.running).toBe(0));
    t.type("/bye\r");
    await talk;
    expect(t.screen()).toContain("\u001b[?2004l");
    expect(generator.calls).toHaveLength(1);
  });

  it("/model goes on with another, which is told the talk; one that cannot be opened changes nothing; a command that is none is told the nearest", async () => {
    const [first, second] = [new FakeGenerator({ pieces: ["one"] }), new FakeGenerator({ pieces: ["two"] })];
    const open = async (name: string) => {
      if (name === "other") return second;
      throw new InkstoneError("E_MODEL_FILE_MISSING", { path: name });
    };
    const t = terminal();
    const talk = chat(first, { options: {}, open, verbose: true }, t.around);
    t.type("hello\r");
    await seen(t, /first token +2 ms/);
    t.type("/model none.gguf\r");
    await seen(t, /E_MODEL_FILE_MISSING/);
    expect(first.closed).toBe(false);
    t.type("/modl other\r");
    await seen(t, /did you mean "\/model"/);
    t.type("/model other\r");
    await until(() => expect(first.closed).toBe(true));
    t.type("/set quiet\r");
    t.type("and now?\r");
    await until(() => expect(second.calls).toHaveLength(1));
    expect(second.calls[0].prompt).toEqual([
      { role: "user", content: "hello" },
      { role: "assistant", content: "one" },
      { role: "user", content: "and now?" },
    ]);
    await until(() => expect(second.running).toBe(0));
    t.type("/bye\r");
    await talk;
    expect(second.closed).toBe(true);
    expect(t.screen().match(/first token/g)).toHaveLength(1);
  });

  it("an error is one line, and the question does not stay in the talk", async () => {
    const { InkstoneError } = await import("#core");
    const generator = new FakeGenerator({
      before: async () => {
        throw new InkstoneError("E_MEMORY", { needed: 7 });
      },
    });
    const t = terminal();
    const talk = chat(generator, { options: {} }, t.around);
    t.type("too much\r");
    await seen(t, /inkstone: E_MEMORY: There is no room for 7 bytes/);
    generator.script = {};
    t.type("less\r");
    await until(() => expect(generator.calls).toHaveLength(2));
    expect(generator.calls[1].prompt).toEqual([{ role: "user", content: "less" }]);
    await until(() => expect(generator.running).toBe(0));
    t.type("/bye\r");
    await talk;
  });
});
