// The verbs on a tiny model with random weights: shapes of their answers, exit codes, signals.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "#formats";
import { localPath } from "#hub";
import { ask, chat, events } from "../server/serving.ts";
import { twoKinds } from "../server/tables.ts";
import { tinyLlama, writeTinyLlama } from "../support/gguf-writer.ts";
import { mainFile } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { inkstone, type Running, start } from "./inkstone.ts";

const minilm = await localPath("minilm");
let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-verbs-"));
  model = writeTinyLlama(join(folder, "tiny.gguf"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("without the native part", () => {
  it("one line says so and what to install, in the language of the locale; exact is the default", async () => {
    for (const [LANG, words] of [
      ["C", /^Running on the reference kernels.*rustup\.rs.*\n$/],
      ["zh_CN.UTF-8", /^正在使用参考内核.*rustup\.rs.*\n$/],
    ] as const) {
      const flags = ["--max-tokens", "3"];
      const env = { INKSTONE_NATIVE: "off", LANG };
      const usual = await inkstone(["run", model, "Hello you", ...flags], { env });
      expect([usual.code, usual.err]).toEqual([0, expect.stringMatching(words)]);
      const exact = await inkstone(["run", model, "Hello you", ...flags, "--precision", "exact"], { env });
      expect(usual.out).toBe(exact.out);
    }
    const served = start(["serve", "--model", model, "--port", "0"], { env: { INKSTONE_NATIVE: "off" } });
    await until(() => expect(served.out()).toMatch(/Model +tiny · .* · exact · 1 thread · reference kernels/));
    served.signal("SIGTERM");
    expect((await served.done).code).toBe(0);
  });
});

describe("run", () => {
  it("--json gives one object of exactly these fields", async () => {
    const { code, out, err } = await inkstone(["run", model, "Hello you", "--max-tokens", "5", "--json"]);
    expect([code, out.split("\n").length], err).toEqual([0, 2]);
    const answer = JSON.parse(out);
    expect(Object.keys(answer)).toEqual(["text", "tokenIds", "promptTokens", "completionTokens", "finishReason", "timings"]);
    expect(Object.keys(answer.timings)).toEqual(["loadMs", "firstTokenMs", "prefillTokensPerSecond", "decodeTokensPerSecond"]);
    expect(answer.completionTokens).toBe(answer.tokenIds.length);
    expect(["stop", "length"]).toContain(answer.finishReason);
    for (const figure of Object.values(answer.timings)) expect(figure).toBeGreaterThanOrEqual(0);
  });

  it("says the same with and without --json, for a prompt that is given, piped in, or read from -", async () => {
    const flags = ["--max-tokens", "12"];
    const { text } = JSON.parse((await inkstone(["run", model, "Hello you", ...flags, "--json"])).out);
    const plain = text.endsWith("\n") ? text : `${text}\n`;
    expect((await inkstone(["run", model, "Hello you", ...flags])).out).toBe(plain);
    expect((await inkstone(["run", model, ...flags], { input: "Hello you\n" })).out).toBe(plain);
    expect((await inkstone(["run", model, "-", ...flags], { input: "Hello you" })).out).toBe(plain);
  });

  it("W10: a file or a pipe beside a prompt goes before it, an open socket is not waited for", async () => {
    const path = join(folder, "beside.txt");
    await writeFile(path, "hello world\n");
    const shell = (line: string) => execFileSync("sh", ["-c", line, process.execPath, mainFile, model, path], { encoding: "utf8" });
    const flags = "--max-tokens 4 --json";
    const tokens = (line: string): number => JSON.parse(shell(line)).promptTokens;
    const whole = tokens(`printf 'hello world\\n\\nHello' | "$0" "$1" run "$2" ${flags}`);
    expect(tokens(`cat "$3" | "$0" "$1" run "$2" Hello ${flags}`)).toBe(whole);
    expect(tokens(`"$0" "$1" run "$2" Hello ${flags} < "$3"`)).toBe(whole);
    expect(tokens(`"$0" "$1" run "$2" Hello ${flags} < /dev/null`)).not.toBe(whole);
  });

  it("--raw takes the prompt as it is, and counts special tokens in it; a chat never does", async () => {
    const written = "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n";
    const run = async (...args: string[]) => JSON.parse((await inkstone(["run", model, ...args, "--max-tokens", "2", "--json"])).out).promptTokens;
    const { ids } = JSON.parse((await inkstone(["tokenize", model, written, "--special", "--json"])).out);
    expect(await run(written, "--raw")).toBe(ids.length);
    const plain = JSON.parse((await inkstone(["tokenize", model, "<|im_start|>", "--json"])).out).ids.length;
    expect((await run("a<|im_start|>a")) - (await run("aa"))).toBe(plain);
  });

  it("the same seed gives the same answer, in each precision", async () => {
    for (const precision of ["exact", "bf16", "fast"]) {
      const args = [
        "run",
        model,
        "Hello",
        "--temperature",
        "1",
        "--top-p",
        "0.9",
        "--seed",
        "5",
        "--max-tokens",
        "8",
        "--precision",
        precision,
        "--json",
      ];
      const [first, second] = await Promise.all([inkstone(args), inkstone([...args, "--threads", "1"])]);
      expect(first.code, first.err).toBe(0);
      expect(JSON.parse(first.out).tokenIds).toEqual(JSON.parse(second.out).tokenIds);
    }
  });

  it("a prompt that does not fit the context is a clear error, exit 65", async () => {
    const { code, err } = await inkstone(["run", model, "Hello ".repeat(2000)]);
    expect(err).toMatch(/^inkstone: E_CONTEXT: .*\d+.*512/m);
    expect(code).toBe(65);
  });

  it("a damaged model file is exit 65, with field and offset", async () => {
    const path = join(folder, "cut.gguf");
    await writeFile(path, tinyLlama().subarray(0, 5000));
    const { code, out, err } = await inkstone(["run", path, "hi"]);
    expect([code, out]).toEqual([65, ""]);
    expect(err).toMatch(/^inkstone: E_FORMAT\w*: .*\n {2}.*\n$/m);
  });

  it("L08: Ctrl-C ends it with 130, SIGTERM with 143", async () => {
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const running = start(["run", model, "Hello", "--temperature", "2", "--max-tokens", "400"]);
      await until(() => expect(running.out()).not.toBe(""));
      running.signal(signal);
      const { code, err } = await running.done;
      if (code !== 0) expect([code, err.replace(/^.*reference kernels.*\n/, "")]).toEqual([exit, ""]); // 0: it was faster than we
    }
  });
});

describe("tokenize", () => {
  it("gives ids and tokens, from a model, a vocabulary-only file and standard input, adding nothing", async () => {
    const only = writeTinyLlama(join(folder, "vocabulary.gguf"), { vocabularyOnly: true });
    const { out } = await inkstone(["tokenize", model, "Hello you", "--json"]);
    const answer = JSON.parse(out);
    expect(Object.keys(answer)).toEqual(["ids", "tokens"]);
    expect(answer.tokens.join("")).toMatch(/Hello.*you/);
    expect((await inkstone(["tokenize", only, "Hello you", "--json"])).out).toBe(out);
    expect((await inkstone(["tokenize", model, "-", "--json"], { input: "Hello you" })).out).toBe(out);
    expect((await inkstone(["tokenize", model, "--json"], { input: "Hello you" })).out).toBe(out);
    expect(JSON.parse((await inkstone(["tokenize", model, "", "--json"])).out)).toEqual({ ids: [], tokens: [] });
  });

  it("special tokens in the text are ordinary text unless --special is given", async () => {
    const ids = async (...more: string[]) => JSON.parse((await inkstone(["tokenize", model, "<|im_end|>", "--json", ...more])).out).ids;
    expect(await ids("--special")).toEqual([2]);
    expect(await ids()).not.toContain(2);
  });

  it("a file that is neither GGUF nor a tokenizer.json is exit 65", async () => {
    await writeFile(join(folder, "tokenizer.json"), '{"model": ');
    await writeFile(join(folder, "bad.gguf"), "FUGG0000000000000000000000000000");
    for (const name of ["tokenizer.json", "bad.gguf"])
      expect(await inkstone(["tokenize", join(folder, name), "x"])).toMatchObject({ code: 65, out: "" });
  });
});

describe("show", () => {
  it("says what a file is, in words and as JSON, and refuses what is none", async () => {
    const shown = JSON.parse((await inkstone(["show", model, "--json"])).out);
    expect(shown).toMatchObject({ architecture: "llama", contextLength: 512, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(shown.types.map(({ type }: { type: string }) => type)).toContain("F32");
    expect((await inkstone(["show", model])).out).toMatch(/architecture: llama\n/);
    expect((await inkstone(["show", join(folder, "none.gguf")])).code).toBe(66);
  });

  it("of weights that lie in no GGUF file says types, sizes and digest, too", async () => {
    const path = join(folder, "weights.safetensors");
    await writeSafetensors(path, [{ name: "w", type: "F32", shape: [2, 3], values: new Float32Array(6) }]);
    const { code, out, err } = await inkstone(["show", path, "--json"]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ parameters: 6, types: [{ type: "F32", tensors: 1, parameters: 6, bytes: 24 }] });
  });

  it.runIf(minilm !== undefined)("of an encoder of the catalogue says what it is for, and its sizes", async () => {
    const shown = JSON.parse((await inkstone(["show", "minilm", "--json"])).out);
    expect(shown).toMatchObject({
      name: "minilm",
      use: "embed",
      architecture: "bert",
      vocabularySize: 30_522,
      languages: ["en"],
      license: "Apache-2.0",
    });
    expect(shown.parameters).toBeGreaterThan(20e6);
    expect(JSON.parse((await inkstone(["tokenize", "minilm", "hello", "--json"])).out).ids).toEqual([7592]);
  });
});

describe("a model of the catalogue that is for something else", () => {
  it.each([
    ["run", "minilm", "hi"],
    ["zero-shot", "lac", "hi", "--labels", "a,b"],
    ["inspect", "whisper:tiny.en"],
    ["quantize", "bge-small-zh", "none.gguf", "--type", "q8_0"],
  ])("%s %s is refused with the models that write, before anything is fetched", async (...args) => {
    const { code, err } = await inkstone(args, { env: { INKSTONE_HOME: folder, INKSTONE_OFFLINE: "1" } });
    expect(err).toMatch(/E_MODEL_USE: .* such models: smollm2:135m, /);
    expect(code).toBe(65);
  });
});

describe("rerank", () => {
  it.each([
    [["rerank", "rerank-minilm", " ", "a passage"], "query"],
    [["rerank", "rerank-minilm", "a question"], "passages"],
  ])("without anything to rank says so: %j", async (args, what) => {
    expect(await inkstone(args)).toMatchObject({ code: 65, err: expect.stringContaining(`E_INPUT_EMPTY: There is nothing in the ${what}.`) });
  });
});

describe("perplexity", () => {
  it("--json gives perplexity, nllPerToken and tokens; windows change it, threads do not", async () => {
    const path = join(folder, "text.txt");
    await writeFile(path, "Hello you and the user. ".repeat(40));
    const run = async (...more: string[]) => JSON.parse((await inkstone(["perplexity", model, path, "--precision", "exact", "--json", ...more])).out);
    const answer = await run();
    expect(Object.keys(answer)).toEqual(["perplexity", "nllPerToken", "tokens", "bitsPerByte"]);
    expect(Math.exp(answer.nllPerToken)).toBeCloseTo(answer.perplexity, 6);
    expect(await run("--threads", "1")).toEqual(answer);
    const small = await run("--window", "16");
    expect(small.tokens).toBe(answer.tokens);
    expect(small.perplexity).not.toBe(answer.perplexity);
  });
});

describe("serve", () => {
  async function serving(...args: string[]): Promise<{ running: Running; port: number }> {
    const running = start(["serve", "--model", model, "--port", "0", ...args]);
    const address = /http:\/\/127\.0\.0\.1:(\d+)\/v1/;
    await until(() => expect(running.out(), running.err()).toMatch(address));
    return { running, port: Number(address.exec(running.out())?.[1]) };
  }
  const body = (more: object = {}) => ({ model: "tiny", messages: [{ role: "user", content: "Hello" }], max_tokens: 8, temperature: 0, ...more });

  it("prints page, API, model, threads, precision and kernels; answers whole and as a stream alike; stops cleanly", async () => {
    const { running, port } = await serving();
    expect(running.out()).toMatch(
      /Page +http:\/\/127\.0\.0\.1:\d+\/\n.*API +http.*\/v1\n.*Model +tiny · .*(exact|bf16|fast) · \d+ threads? · (native|reference) kernels/s,
    );
    const whole = await chat(port, body());
    expect(whole.status, whole.text).toBe(200);
    const said = whole.json.choices[0].message.content;
    const stream = await chat(port, body({ stream: true, stream_options: { include_usage: true } }));
    const chunks = events(stream.text)
      .slice(0, -1)
      .map((one) => JSON.parse(one));
    expect(chunks.map((one) => one.choices[0]?.delta.content ?? "").join("")).toBe(said);
    expect(chunks.at(-1).usage.completion_tokens).toBe(whole.json.usage.completion_tokens);
    expect((await ask(port, "GET", "/v1/models")).json.data[0].id).toBe("tiny");
    const long = await chat(port, body({ messages: [{ role: "user", content: "Hello ".repeat(2000) }] }));
    expect([long.status, long.json.error.code, long.json.error.param]).toEqual([400, "context_length_exceeded", "messages"]);
    running.signal("SIGTERM");
    expect(await running.done).toMatchObject({ code: 0 });
  });

  it("QH9: a greedy answer is the same beside others, and beside requests that are refused", async () => {
    const { running, port } = await serving();
    const alone = (await chat(port, body())).json.choices[0].message.content;
    const others = Array.from({ length: 12 }, (_, i) =>
      chat(
        port,
        i % 3 === 0 ? body({ top_p: 9 }) : body({ temperature: 1, seed: i, messages: [{ role: "user", content: `Hello ${"you ".repeat(i)}` }] }),
      ),
    );
    const again = await Promise.all([chat(port, body()), chat(port, body()), ...others]);
    expect(again[0].json.choices[0].message.content).toBe(alone);
    expect(again[1].json.choices[0].message.content).toBe(alone);
    expect(again.slice(2).map(({ status }) => status)).toEqual(others.map((_, i) => (i % 3 === 0 ? 400 : 200)));
    running.signal("SIGINT");
    expect(await running.done).toMatchObject({ code: 130 });
  });

  it("answers for a classifier that was trained on the command line, and names a file that is none", async () => {
    const [table, saved] = [join(folder, "things.csv"), join(folder, "Things.json")];
    await writeFile(table, twoKinds(6));
    expect(await inkstone(["classify", "train", table, "--output", saved, "--folds", "2"])).toMatchObject({ code: 0 });
    const { running, port } = await serving("--classifier", saved);
    const question = JSON.stringify({ model: "things", input: "a lovely day", because: 1 });
    const { json } = await ask(port, "POST", "/v1/classify", { headers: { "content-type": "application/json" }, body: question });
    expect(json.results[0]).toMatchObject({ label: "good", because: [{ text: "lovely" }] });
    running.signal("SIGTERM");
    expect(await running.done).toMatchObject({ code: 0 });
    const { code, err } = await inkstone(["serve", "--model", model, "--port", "0", "--classifier", table]);
    expect([code, err]).toEqual([65, expect.stringContaining("E_PIPELINE")]);
  });

  it("F18: told twice, it ends at once with 143, and the stream says why", async () => {
    const { running, port } = await serving();
    const stream = chat(port, body({ max_tokens: 400, temperature: 2, seed: 1, stream: true }));
    await until(async () => expect((await ask(port, "GET", "/health")).json.open).toBe(1));
    running.signal("SIGTERM");
    await until(async () => expect((await ask(port, "GET", "/ready").catch(() => ({ status: 503 }))).status).toBe(503));
    const insist = setInterval(() => running.signal("SIGTERM"), 50); // an echo within 100 ms counts as the same wish
    const { code } = await running.done;
    clearInterval(insist);
    const list = events((await stream).text);
    if (list.at(-1) === "[DONE]")
      expect([0, 143]).toContain(code); // the answer was faster than we; the second signal may still have come before the end
    else {
      expect(code).toBe(143);
      expect(JSON.parse(list.at(-1)!).error.code).toBe("E_STOPPING");
    }
  });

  it("L02: a busy port is exit 75, and the address is named", async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as { port: number };
    const { code, err } = await inkstone(["serve", "--model", model, "--port", String(port)]);
    expect([code, err]).toEqual([75, expect.stringMatching(new RegExp(`E_ADDRESS: .*127\\.0\\.0\\.1:${port}`))]);
    await new Promise((done) => other.close(done));
  });
});
