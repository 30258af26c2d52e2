// Fine-tuning a decoder: rows of every form, loss on the answers alone, packing that lets nobody see another, runs that go on to the bit, what is refused.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPeft } from "#models";
import { type FinetuneOptions, finetune, type LogEntry, RunFolder } from "#train";
import { writeTinyLlama } from "../support/tiny-llama.ts";

let folder = "";
let model = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-finetune-"));
  model = writeTinyLlama(join(folder, "tiny.gguf"), { type: "Q8_0" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const code = (name: string) => expect.objectContaining({ code: name });
const at = (name: string) => join(folder, name);

function rows(name: string, given: readonly unknown[]): string {
  writeFileSync(at(name), given.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return at(name);
}

const colours = ["red", "blue", "green", "white", "black", "pink", "grey", "gold"];
const pairs = Array.from({ length: 24 }, (_, i) => ({ prompt: `Colour ${i % 8} is?`, completion: `It is ${colours[i % 8]}.` }));
const chat = ({ prompt, completion }: (typeof pairs)[number]) => ({
  messages: [
    { role: "user", content: prompt },
    { role: "assistant", content: completion },
  ],
});
const usual = (output: string, more: Partial<FinetuneOptions> = {}): FinetuneOptions => ({
  output: at(output),
  rank: 4,
  batch: 1,
  maxLength: 128,
  seed: 3,
  ...more,
});
const numbers = (log: readonly LogEntry[]) => log.map(({ seconds: _s, tokensPerSecond: _t, ...rest }) => rest);

describe("rows", () => {
  it("of all forms are the same conversation", async () => {
    const forms: Record<string, readonly unknown[]> = {
      messages: pairs.map(chat),
      pairs,
      alpaca: pairs.map(({ prompt, completion }) => ({ instruction: prompt, input: "", output: completion })),
      sharegpt: pairs.map(({ prompt, completion }) => ({
        conversations: [
          { from: "human", value: prompt },
          { from: "gpt", value: completion },
        ],
      })),
    };
    const losses = [];
    for (const [name, given] of Object.entries(forms)) {
      const run = await finetune(model, rows(`${name}.jsonl`, given), usual(name, { steps: 1, validation: 0 }));
      losses.push((await new RunFolder(run.path).log()).map(({ loss }) => loss));
    }
    for (const loss of losses) expect(loss).toEqual(losses[0]);
  });

  it("without an answer, or too long, are counted and left out; a file of nothing else is refused", async () => {
    const data = rows("rows.jsonl", [...pairs, { prompt: "Silent?", completion: "" }, { prompt: "Long?", completion: "word ".repeat(400) }]);
    const run = await finetune(model, data, usual("run", { steps: 1 }));
    expect(run.rows).toMatchObject({ withoutAnswer: 1, tooLong: 1 });
    expect(run.rows.train + run.rows.validation).toBe(24);
    writeFileSync(at("empty.jsonl"), "");
    await expect(finetune(model, at("empty.jsonl"), usual("a"))).rejects.toMatchObject(code("E_FINETUNE_DATA"));
    await expect(finetune(model, rows("silent.jsonl", [{ prompt: "x", completion: " " }]), usual("b"))).rejects.toMatchObject(
      code("E_FINETUNE_DATA"),
    );
    await expect(finetune(model, rows("odd.jsonl", [{ question: "x" }]), usual("c"))).rejects.toThrow(/line 1 .*question/);
    const stranger = [
      {
        messages: [
          { role: "user", content: "x" },
          { role: "hummany", content: "y" },
        ],
      },
    ];
    await expect(finetune(model, rows("stranger.jsonl", stranger), usual("c"))).rejects.toThrow(/^stranger\.jsonl:1: messages\[1\]\.role: .*hummany/);
    for (const name of ["a", "b", "c"]) expect(existsSync(at(name))).toBe(false);
  });

  it("packed into one window have the loss that they have alone, and prompts have none", async () => {
    const three = pairs.slice(0, 3).map(chat);
    const loss = async (name: string, given: readonly unknown[], batch: number) => {
      const run = await finetune(model, rows(`${name}.jsonl`, given), usual(name, { steps: 1, validation: 0, batch, maxLength: 512 }));
      const [{ loss: found }] = await new RunFolder(run.path).log();
      return { sum: (found ?? 0) * run.answerTokens, count: run.answerTokens };
    };
    const together = await loss("together", three, 1);
    const alone = [];
    for (const [i, row] of three.entries()) alone.push(await loss(`alone${i}`, [row], 1));
    expect(together.count).toBe(alone.reduce((total, { count }) => total + count, 0));
    const expected = alone.reduce((total, { sum }) => total + sum, 0);
    expect(Math.abs(together.sum - expected) / expected).toBeLessThan(1e-5);
    const short = await loss("short", [chat({ prompt: "a much longer question than before, is it not?", completion: "It is red." })], 1);
    expect(short.count).toBe(alone[0].count);
  });
});

describe("a run", () => {
  it("learns: the validation loss falls, the adapter of the best look is written as peft reads it", async () => {
    const run = await finetune(model, rows("rows.jsonl", pairs.map(chat)), usual("run", { epochs: 12, learningRate: 0.01, patience: 0 }));
    expect(run.best?.loss).toBeLessThan(0.6 * (run.before ?? 0));
    const adapter = await readPeft(at("run"));
    expect(adapter.settings).toMatchObject({ rank: 4, alpha: 8, rankStabilised: false, decomposed: false });
    expect([...adapter.matrices.keys()]).toContain("model.layers.1.self_attn.q_proj");
    expect(adapter.matrices.size).toBe(14);
    expect(readFileSync(at("run/README.md"), "utf8")).toContain("best validation loss");
  });

  it.each<[string, Partial<FinetuneOptions>]>([
    ["lora with dropout", { dropout: 0.1 }],
    ["dora, several batches a step", { dora: true, accumulate: 2 }],
  ])("%s that was stopped goes on as if it had not been", async (_what, more) => {
    const data = rows("rows.jsonl", pairs.map(chat));
    const options = { epochs: 3, learningRate: 0.005, every: 4, patience: 0, ...more };
    await finetune(model, data, usual("whole", options));
    for (const stopAt of [2, 5]) {
      const controller = new AbortController();
      const onEntry = ({ step, loss }: LogEntry) => void (step === stopAt && loss !== undefined && controller.abort());
      const stopped = finetune(model, data, usual("parts", { ...options, resume: true, signal: controller.signal, onEntry }));
      await expect(stopped).rejects.toMatchObject(code("E_CANCELLED"));
    }
    await finetune(model, data, usual("parts", { ...options, resume: true }));
    expect(numbers(await new RunFolder(at("parts")).log())).toEqual(numbers(await new RunFolder(at("whole")).log()));
    const weights = (name: string) => readFileSync(at(`${name}/adapter_model.safetensors`)).toString("base64");
    expect(weights("parts")).toBe(weights("whole"));
  });

  it("that is there is refused, and so are other settings on resuming, methods that do not fit, and targets that are not there", async () => {
    const data = rows("rows.jsonl", pairs.map(chat));
    await finetune(model, data, usual("run", { steps: 1 }));
    await expect(finetune(model, data, usual("run"))).rejects.toMatchObject(code("E_RUN_THERE"));
    await expect(finetune(model, data, usual("run", { rank: 8, resume: true }))).rejects.toThrow(/rank: 4 -> 8/);
    await expect(finetune(model, data, usual("a", { targets: ["q_prj"] }))).rejects.toThrow(/q_prj/);
    await expect(finetune(model, data, usual("b", { method: "full", rank: 4 }))).rejects.toMatchObject(code("E_FINETUNE"));
    await expect(finetune(model, data, { output: at("c"), method: "full" })).rejects.toMatchObject(code("E_FINETUNE"));
    await expect(finetune(model, data, { ...usual("d"), learningrate: 1 } as FinetuneOptions)).rejects.toThrow(/learningRate/);
    await expect(finetune(model, data, usual("e", { maxLength: 4096 }))).rejects.toMatchObject(code("E_FINETUNE"));
    const plain = writeTinyLlama(at("plain.gguf"), { type: "F32", embeddingType: "F32" });
    await expect(finetune(plain, data, usual("f", { method: "qlora" }))).rejects.toThrow(/quantise/);
  });
});

describe("preferences", () => {
  const better = colours.map((colour, i) => ({ prompt: `Colour ${i} is?`, chosen: `It is ${colour}.`, rejected: "you you you" }));

  it.each(["dpo", "orpo"] as const)(
    "%s: the loss of pairs that it has not seen falls, and a run that was stopped goes on as if it had not been",
    async (method) => {
      const data = rows("pairs.jsonl", [...better, ...better.map((row) => ({ ...row, prompt: `${row.prompt} Now.` }))]);
      const options = { method, epochs: 3, learningRate: 0.005, validation: 0.25, every: 2, patience: 0 };
      const whole = await finetune(model, data, usual("whole", options));
      expect(whole.best?.loss).toBeLessThan(0.8 * (whole.before ?? 0));
      const controller = new AbortController();
      const onEntry = ({ step, loss }: LogEntry) => void (step === 3 && loss !== undefined && controller.abort());
      await expect(finetune(model, data, usual("parts", { ...options, signal: controller.signal, onEntry }))).rejects.toMatchObject(
        code("E_CANCELLED"),
      );
      await finetune(model, data, usual("parts", { ...options, resume: true }));
      expect(numbers(await new RunFolder(at("parts")).log())).toEqual(numbers(await new RunFolder(at("whole")).log()));
    },
  );

  it("come as texts and as messages, with and without a prompt; what has no second answer, or the same twice, is left out", async () => {
    const user = { role: "user", content: "Colour?" };
    const said = (content: string) => ({ role: "assistant", content });
    const data = rows("forms.jsonl", [
      { chosen: "Human: hi Assistant: red", rejected: "Human: hi Assistant: no" },
      { chosen: [user, said("red")], rejected: [user, said("no")] },
      { prompt: [user], chosen: [said("red")], rejected: [said("no")] },
      { prompt: "Colour?", chosen: "red", rejected: "no" },
      { prompt: "Colour?", chosen: "red", rejected: "red" },
      { prompt: "Colour?", chosen: "red", rejected: "" },
    ]);
    const run = await finetune(model, data, usual("run", { method: "dpo", validation: 0, steps: 1 }));
    expect(run.rows).toEqual({ train: 4, validation: 0, withoutAnswer: 2, tooLong: 0 });
    await expect(finetune(model, rows("sft.jsonl", pairs), usual("a", { method: "orpo" }))).rejects.toThrow(/chosen/);
  });
});
