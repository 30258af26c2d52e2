// Tools: how calls are read out of answers of each family of templates, and how answers are held to them.
import Ajv2020 from "ajv/dist/2020.js";
import fc from "fast-check";
import { LanguageModel, type Message, type Tool } from "inkstone";
import { describe, expect, it } from "vitest";
import { checkTools, familyOf, shownChat, ToolReader } from "#generate";
import { text } from "../support/gguf-writer.ts";
import { failure, openTiny, tinyPath } from "./tiny.ts";

const hermes =
  "{% if tools %}{{ '<|im_start|>system\n' }}{% for tool in tools %}{{ tool | tojson }}{% endfor %}{{ ' <tool_call></tool_call><|im_end|>' }}{% endif %}" +
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}{% for c in m.tool_calls or [] %}{{ '<tool_call>' + (c.function | tojson) + '</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}";
const mistral = "{% if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.content }}[TOOL_CALLS]{% endfor %}";
const mistralArgs = `${mistral}[ARGS]`;
const llama3 = "{% if tools is defined %}<|python_tag|>{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}";
const none = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}";

const tools: readonly Tool[] = [
  {
    name: "weather",
    description: "The weather of a city",
    parameters: {
      type: "object",
      properties: { city: { $ref: "#/$defs/city" }, unit: { enum: ["C", "F"] } },
      required: ["city", "unit"],
      additionalProperties: false,
      $defs: { city: { type: "string", minLength: 1, maxLength: 6 } },
    },
  },
  { name: "now" },
];
const weather = '{"city": "Paris", "unit": "C"}';
const list = (key: string) => `[{"name": "weather", "${key}": ${weather}}, {"name": "now", "${key}": {}}]`;
const one = (key: string) => `{"name": "weather", "${key}": ${weather}}`;
const both = [
  ["weather", weather],
  ["now", "{}"],
];

// What a reader makes of an answer, whatever pieces it comes in.
function read(template: string, answer: string, cuts: readonly number[] = []): { text: string; calls: string[][] } {
  const reader = new ToolReader(familyOf(template), ["weather", "now"]);
  const places = [0, ...[...cuts].map((cut) => cut % (answer.length + 1)).sort((a, b) => a - b), answer.length];
  let shown = "";
  const calls: string[][] = [];
  const parts = places.slice(1).map((to, i) => reader.push(answer.slice(places[i], to)));
  for (const part of [...parts, reader.end()]) {
    shown += part.text;
    for (const { index, name, arguments: more } of part.calls) {
      calls[index] ??= [name ?? "", ""];
      calls[index][1] += more;
    }
  }
  expect(reader.calls.map((call) => [call.name, call.arguments])).toEqual(calls);
  return { text: shown, calls };
}

const cases: readonly [name: string, template: string, answer: string, text: string, calls: readonly (readonly string[])[]][] = [
  ["hermes", hermes, `I look. <tool_call>\n${one("arguments")}\n</tool_call>`, "I look. ", [["weather", weather]]],
  ["hermes, two", hermes, `<tool_call>${one("arguments")}</tool_call>\n<tool_call>\n{"arguments": {}, "name": "now"}</tool_call>`, "\n", both],
  ["hermes without its mark", hermes, one("arguments"), "", [["weather", weather]]],
  ["hermes, an object that is no call", hermes, '{"city": "Paris", "name": "weather"}', '{"city": "Paris", "name": "weather"}', []],
  [
    "hermes, a tool that there is not",
    hermes,
    '<tool_call>{"name": "rain", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "rain", "arguments": {}}</tool_call>',
    [],
  ],
  ["hermes, a mark that is none", hermes, "a <tool_box> and <tool_call> of text", "a <tool_box> and <tool_call> of text", []],
  [
    "hermes, arguments as a text",
    hermes,
    `<tool_call>{"name": "weather", "arguments": ${JSON.stringify(weather)}}</tool_call>`,
    "",
    [["weather", weather]],
  ],
  ["mistral", mistral, `[TOOL_CALLS] ${list("arguments")}`, "", both],
  ["mistral with arguments apart", mistralArgs, `[TOOL_CALLS]weather[ARGS]${weather}[TOOL_CALLS]now[ARGS]{}`, "", both],
  ["llama 3", llama3, one("parameters"), "", [["weather", weather]]],
  ["llama 3 with its tag", llama3, `<|python_tag|>${one("parameters")}`, "", [["weather", weather]]],
  ["llama 3, text", llama3, "It is {fine}.", "It is {fine}.", []],
  ["a template without tools", none, `<tool_call>${list("arguments")}</tool_call>`, "", both],
  ["a template without tools, no call", none, "<tool_call>[]</tool_call>", "", []],
];

describe("reading calls", () => {
  it.each(cases)("%s, in whatever pieces it comes", (_name, template, answer, shown, calls) => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 12 }), (cuts) => {
        expect(read(template, answer, cuts)).toEqual({ text: shown, calls });
      }),
      { numRuns: 60 },
    );
  });

  it("loses no character of an answer that calls nothing", () => {
    const pieces = fc.array(
      fc.constantFrom("<tool_call>", "</tool_call>", "{", "}", '"', "[", "]", "name", ":", " ", "\n", "\\", "a", "[TOOL_CALLS]", "[ARGS]", "你"),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(pieces, fc.constantFrom(hermes, mistral, llama3, none), fc.array(fc.nat(99), { maxLength: 6 }), (given, template, cuts) => {
        const answer = given.join("");
        const whole = read(template, answer);
        expect(read(template, answer, cuts)).toEqual(whole);
        expect(whole.calls).toEqual([]);
        const bare = (value: string) => value.replace(/<\/?tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>|[\s,;[\]]/g, "");
        expect(bare(whole.text)).toBe(bare(answer));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("chats with tools", () => {
  const chat: Message[] = [
    { role: "user", content: "Rain?" },
    { role: "assistant", content: "", toolCalls: [{ id: "call_1", name: "weather", arguments: weather }] },
    { role: "tool", content: "dry", toolCallId: "call_1" },
  ];

  it("are shown to a template as it reads them", () => {
    const { messages, tools: shown } = shownChat(chat, tools, familyOf(hermes));
    expect(messages[1].tool_calls).toEqual([{ id: "call_1", type: "function", function: { name: "weather", arguments: JSON.parse(weather) } }]);
    expect(messages[2]).toEqual({ role: "tool", content: "dry", name: "weather", tool_call_id: "call_1" });
    expect(shown).toHaveLength(2);
    expect(shownChat(chat, tools, familyOf(mistral)).messages[2].tool_call_id).toMatch(/^[a-z\d]{9}$/);
  });

  it("are told in words where a template knows no tools", () => {
    const { messages, tools: shown } = shownChat(chat, tools, familyOf(none));
    expect(shown).toBeUndefined();
    expect(messages[0].content).toContain('"name":"weather"');
    expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
  });

  it("keep a user's marks ordinary text", async () => {
    await using model = await openTiny(tinyPath({ contextLength: 2048, metadata: { "tokenizer.chat_template": text(hermes) } }));
    const { ids } = await model.render([{ role: "user", content: "Hi" }], { tools: [{ name: "a", description: "<|im_end|>" }] });
    expect(ids.filter((id) => id === 2)).toHaveLength(2);
    expect(await failure(model.render([{ role: "tool", content: "x" }]))).toMatchObject({ code: "E_MESSAGES" });
  });
});

describe("answers with tools", () => {
  const prompt: Message[] = [{ role: "user", content: "Hello" }];
  const long = { temperature: 1, maxTokens: 900 };
  const valid = new Ajv2020.default().compile(tools[0].parameters as object);

  it.each<[string, string]>([
    ["hermes", hermes],
    ["mistral", mistral],
    ["mistral-args", mistralArgs],
    ["llama3", llama3],
    ["prompted", none],
  ])("%s: required and named calls are held to the tools and their schemas", async (_name, template) => {
    await using model = await openTiny(tinyPath({ contextLength: 4096, metadata: { "tokenizer.chat_template": text(template) } }));
    for (let seed = 0; seed < 6; seed++) {
      const {
        toolCalls = [],
        finishReason,
        text: shown,
      } = await model.generate(prompt, { ...long, seed, tools, toolChoice: "required", parallelToolCalls: seed % 2 === 1 });
      if (finishReason === "length") continue;
      expect([finishReason, shown.trim()]).toEqual(["tool_calls", ""]);
      expect(toolCalls.length).toBeGreaterThan(0);
      if (seed % 2 === 0) expect(toolCalls).toHaveLength(1);
      for (const { name, arguments: given } of toolCalls) {
        expect(["weather", "now"]).toContain(name);
        if (name === "weather") expect(valid(JSON.parse(given))).toBe(true);
        else expect(JSON.parse(given)).toEqual({});
      }
    }
    const named = await model.generate(prompt, { ...long, seed: 1, tools, toolChoice: { name: "now" } });
    expect(named.toolCalls).toMatchObject([{ name: "now" }]);
  });

  it("streams calls as they grow, the same as they are whole", async () => {
    await using model = await openTiny(tinyPath({ contextLength: 4096, metadata: { "tokenizer.chat_template": text(hermes) } }));
    const options = { ...long, seed: 3, tools, toolChoice: { name: "weather" } } as const;
    let grown = "";
    let pieces = 0;
    for await (const { toolCalls = [], result } of model.stream(prompt, options)) {
      for (const call of toolCalls) grown += call.arguments;
      pieces += toolCalls.length;
      if (result !== undefined) expect(result.toolCalls?.[0].arguments).toBe(grown);
    }
    expect(pieces).toBeGreaterThan(2);
  });

  it("says JSON of its form or calls, where both are asked for", async () => {
    await using model = await openTiny(tinyPath({ contextLength: 4096, metadata: { "tokenizer.chat_template": text(hermes) } }));
    const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false };
    for (let seed = 0; seed < 6; seed++) {
      const { value, toolCalls, finishReason } = await model.generate(prompt, {
        ...long,
        seed,
        tools,
        responseFormat: { type: "json_schema", schema },
      });
      if (finishReason === "stop") expect(Object.keys(value as object)).toEqual(["ok"]);
      else expect(finishReason === "length" || toolCalls !== undefined).toBe(true);
    }
  });

  it("reads calls on the reference kernels too, where none is asked for", async () => {
    await using model = await LanguageModel.open(tinyPath({ contextLength: 4096 }), { executor: "reference" });
    expect((await model.generate(prompt, { maxTokens: 3, tools })).completionTokens).toBe(3);
    expect(await failure(model.generate(prompt, { maxTokens: 3, tools, toolChoice: "required" }))).toMatchObject({ code: "E_NATIVE_NEEDED" });
  });

  it.each<[string, unknown, unknown, string]>([
    ["two tools of one name", [{ name: "a" }, { name: "a" }], "auto", "tools[1].name"],
    ["a name that is none", [{ name: "a b" }], "auto", "tools[0].name"],
    ["a field that is none", [{ name: "a", params: {} }], "auto", "tools[0].params"],
    ["a choice of nothing", [{ name: "a" }], { name: "b" }, "toolChoice"],
    ["calls without tools", [], "required", "toolChoice"],
    [
      "a strict tool that cannot be held",
      [{ name: "a", strict: true, parameters: { type: "object", minProperties: 4 } }],
      "auto",
      "tools[0].parameters.minProperties",
    ],
  ])("refuses %s", (_name, given, choice, place) => {
    expect(() => checkTools(given as Tool[], choice as "auto")).toThrowError(
      expect.objectContaining({ code: "E_TOOLS", message: expect.stringContaining(place) }),
    );
  });

  it("holds a tool that is not strict to an object where its schema cannot be enforced", () => {
    const loose = checkTools([{ name: "a", parameters: { type: "object", dependentRequired: { a: ["b"] } } }]);
    expect(loose?.tools[0].enforced).toEqual({ type: "object" });
    expect(checkTools([{ name: "a" }], "none")).toBeUndefined();
  });
});
