// What a model thinks before it answers, told apart from the answer in every family's shape, whole and streamed.
import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parted, ThoughtReader } from "#server";
import { FakeGenerator } from "../fake-generator.ts";
import { type Serving, serving } from "../serving.ts";

/** A generator whose template knows thoughts. */
class Thinker extends FakeGenerator {
  override readonly information = { ...new FakeGenerator().information, chatTemplate: "{{ '<think>' }}" } as FakeGenerator["information"];
  inside = false;
  override async render(): Promise<{ ids: number[]; text: string }> {
    return { ids: [], text: this.inside ? "<|im_start|>assistant\n<think>\n" : "<|im_start|>assistant\n" };
  }
}

const thinker = new Thinker();
let s: Serving;
beforeAll(async () => {
  s = await serving(thinker);
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
});

const model = "smollm2:135m";
const messages = [{ role: "user" as const, content: "Is 7 prime?" }];
const wholeText = ["<think>", "\nSeven has ", "no divisors.\n", "</th", "ink>", "\n\n", "Yes, ", "it is."];
const openai = () => new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "-" });

describe("thought and answer", () => {
  it("are the same however the text is cut", () => {
    const word = fc.constantFrom("a", " ", "\n", "<", "</think>", "<think>", "</thi", "好", "</", "think>");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.array(fc.nat(6), { maxLength: 20 }), fc.boolean(), (words, cuts, inside) => {
        const text = words.join("");
        const reader = new ThoughtReader(inside);
        const all = { thought: "", text: "" };
        const take = ({ thought, text: more }: { thought: string; text: string }) => {
          all.thought += thought;
          all.text += more;
        };
        let at = 0;
        for (const cut of cuts) {
          take(reader.push(text.slice(at, at + cut)));
          at += cut;
        }
        take(reader.push(text.slice(at)));
        take(reader.end());
        expect(all).toEqual(parted(text, new ThoughtReader(inside)));
      }),
    );
  });

  it("an answer that does not begin with the mark is no thought, a thought that is cut is no answer", () => {
    expect(parted("2 < 3 and </think> is a mark", new ThoughtReader())).toEqual({ thought: "", text: "2 < 3 and </think> is a mark" });
    expect(parted("<think>so far", new ThoughtReader())).toEqual({ thought: "so far", text: "" });
    expect(parted("so</think>\nYes", new ThoughtReader(true))).toEqual({ thought: "so", text: "Yes" });
    expect(parted("<thin", new ThoughtReader())).toEqual({ thought: "", text: "<thin" });
  });
});

describe.each([false, true])("where the prompt has begun the thought: %s", (inside) => {
  beforeAll(() => {
    thinker.inside = inside;
    thinker.script = { pieces: inside ? wholeText.slice(1) : wholeText };
  });
  const [thought, said] = ["Seven has no divisors.", "Yes, it is."];

  it("chats: reasoning_content beside content", async () => {
    const whole = await openai().chat.completions.create({ model, messages });
    expect(whole.choices[0].message).toMatchObject({ content: said, reasoning_content: thought });
    let [content, reasoning, mixed] = ["", "", 0];
    for await (const { choices } of await openai().chat.completions.create({ model, messages, stream: true })) {
      const delta = choices[0]?.delta as { content?: string; reasoning_content?: string };
      content += delta?.content ?? "";
      reasoning += delta?.reasoning_content ?? "";
      if (delta?.content && delta.reasoning_content) mixed++;
    }
    expect([content, reasoning, mixed]).toEqual([said, thought, 0]);
  });

  it("Ollama: thinking beside content, and beside response", async () => {
    const client = new Ollama({ host: s.address });
    expect((await client.chat({ model, messages })).message).toMatchObject({ content: said, thinking: thought });
    expect(await client.generate({ model, prompt: "Is 7 prime?" })).toMatchObject({ response: said, thinking: thought });
    let [content, thinking] = ["", ""];
    for await (const { message } of await client.chat({ model, messages, stream: true })) {
      content += message.content;
      thinking += message.thinking ?? "";
    }
    expect([content, thinking]).toEqual([said, thought]);
  });

  it("Anthropic: a block of thinking for those who ask for it, the answer alone for others", async () => {
    const client = new Anthropic({ baseURL: s.address, apiKey: "-" });
    const asked = { model, messages, max_tokens: 100 };
    const { content } = await client.messages.create(asked);
    expect(content).toEqual([{ type: "text", text: said, citations: null }]);
    const thinking = { type: "adaptive" } as const;
    expect((await client.messages.create({ ...asked, thinking })).content.map(({ type }) => type)).toEqual(["thinking", "text"]);
    const streamed = await client.messages.stream({ ...asked, thinking }).finalMessage();
    expect(streamed.content).toMatchObject([
      { type: "thinking", thinking: thought },
      { type: "text", text: said },
    ]);
  });

  it("responses: an item of reasoning before the message, and the conversation goes on without it", async () => {
    const response = await openai().responses.create({ model, input: "Is 7 prime?" });
    expect(response.output_text).toBe(said);
    expect(response.output).toMatchObject([{ type: "reasoning", content: [{ type: "reasoning_text", text: thought }] }, { type: "message" }]);
    let [text, reasoning] = ["", ""];
    const places: number[] = [];
    for await (const event of await openai().responses.create({ model, input: "Is 7 prime?", stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.reasoning_text.delta") reasoning += event.delta;
      if (event.type === "response.output_item.done") places.push(event.output_index);
    }
    expect([text, reasoning, places]).toEqual([said, thought, [0, 1]]);
    await openai().responses.create({ model, input: "Why?", previous_response_id: response.id });
    expect(JSON.stringify(thinker.calls.at(-1)?.prompt)).not.toContain("divisors");
  });
});

it("what is held to a form has no thought, and neither has a text that is gone on with", async () => {
  thinker.inside = false;
  thinker.script = { pieces: ['{"a":"<think>"}'] };
  const { choices } = await openai().chat.completions.create({ model, messages, response_format: { type: "json_object" } });
  expect(choices[0].message.content).toBe('{"a":"<think>"}');
  thinker.script = { pieces: ["<think>x</think>y"] };
  expect((await openai().completions.create({ model, prompt: "So" })).choices[0].text).toBe("<think>x</think>y");
});
