// Output held to a form: JSON schemas (held by ajv, which is none of ours), regular expressions, grammars, typed values; and what is refused before anything is generated.
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { type JsonSchema, LanguageModel, type ResponseFormat } from "inkstone";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InkstoneError } from "#core";
import { allOf, allowedOf, checkOptions, forbid, fromLikeliest, grammarOf, pick } from "#generate";
import { failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 2048 });
const open = (): Promise<LanguageModel> => openTiny(path);

const small = fc.integer({ min: 0, max: 3 });
const strings = fc.oneof(
  fc.tuple(small, small).map(([a, b]) => ({ type: "string", minLength: a, maxLength: a + b })),
  fc
    .constantFrom("^[a-c]{2,4}$", "^\\d{3}-\\d{2}$", "^(?:ab|cd)+[\\w.]?$", "x", "^[^\\n]{1,5}$", "[\\d&&]$", "^\\S+$")
    .map((pattern) => ({ type: "string", pattern, maxLength: 12 })),
  fc
    .constantFrom("date", "time", "date-time", "uuid", "ipv4", "ipv6", "email", "hostname", "duration", "uri")
    .map((format) => ({ type: "string", format, maxLength: 60 })),
  fc.uniqueArray(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 5 }).map((values) => ({ enum: values })),
);
const numbers = fc.oneof(
  fc.tuple(fc.integer({ min: -500, max: 500 }), fc.nat(900)).map(([a, b]) => ({ type: "integer", minimum: a, maximum: a + b })),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 2, max: 90 }))
    .map(([a, b]) => ({ type: "number", exclusiveMinimum: a, exclusiveMaximum: a + b })),
  fc.integer({ min: 1, max: 9 }).map((multipleOf) => ({ type: "integer", multipleOf, minimum: 0, maximum: 1000 })),
  fc.constant({ type: ["number", "null"], minimum: 0.5, maximum: 2.25 }),
);
const scalars = fc.oneof(
  strings,
  numbers,
  fc.constant({ type: "boolean" }),
  fc.constant({ type: "null" }),
  fc
    .oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.array(fc.boolean(), { maxLength: 3 }), fc.constant({ a: null, "b c": ["你"] }))
    .map((value) => ({ const: value })),
);

const { schemas } = fc.letrec<{ schemas: JsonSchema }>((tie) => ({
  schemas: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars,
    fc.tuple(tie("schemas"), small, small).map(([items, a, b]) => ({ type: "array", items, minItems: a, maxItems: a + b })),
    fc.tuple(tie("schemas"), tie("schemas")).map(([a, b]) => ({ type: "array", prefixItems: [a, b], items: false, minItems: 2 })),
    fc
      .dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie("schemas"), { maxKeys: 4, noNullPrototype: true })
      .chain((properties) =>
        fc.subarray(Object.keys(properties)).map((required) => ({ type: "object", properties, required, additionalProperties: false })),
      ),
    fc.tuple(tie("schemas"), tie("schemas")).map((anyOf) => ({ anyOf })),
    fc.tuple(scalars, scalars).map((oneOf) => ({ oneOf })),
    fc
      .tuple(tie("schemas"))
      .map(([one]) => ({ $defs: { one }, type: "object", properties: { a: { $ref: "#/$defs/one" } }, required: ["a"], additionalProperties: false })),
    fc.tuple(strings, strings).map((allOf) => ({ allOf })),
    tie("schemas").map((value) => ({ type: "object", patternProperties: { "^k[0-9]$": value }, additionalProperties: false, maxProperties: 2 })),
  ),
}));

// References are from the root: a schema with definitions of its own stands alone or not at all.
const rooted = schemas.filter((schema) => !JSON.stringify(schema).slice(1).includes("$defs") || (schema as { $defs?: unknown }).$defs !== undefined);

describe("JSON schemas", () => {
  const count = process.env.INKSTONE_TEST_LARGE === "1" ? 1000 : 300;
  it(`gives JSON that ajv finds valid for each of ${count} generated schemas, or refuses the schema before anything is generated`, {
    timeout: 1_200_000,
  }, async () => {
    await using model = await open();
    const { ids } = await model.tokenize('"]},');
    const ajv = addFormats.default(new Ajv2020.default({ strict: false, multipleOfPrecision: 6 }));
    const found = { valid: 0, refused: 0, cut: 0 };
    const wrong: unknown[] = [];
    for (const [i, schema] of fc.sample(rooted, { numRuns: count, seed: 7 }).entries()) {
      try {
        const options = { temperature: 1, seed: i, maxTokens: 1500, logitBias: Object.fromEntries(ids.map((id) => [id, i % 3])) };
        const result = await model.generate("Hello", { ...options, responseFormat: { type: "json_schema", schema } });
        if (result.finishReason === "length") found.cut++;
        else if (ajv.validate(schema as object, result.value) && JSON.stringify(JSON.parse(result.text)) === JSON.stringify(result.value))
          found.valid++;
        else wrong.push({ schema, text: result.text, errors: ajv.errors });
      } catch (error) {
        if (!(error instanceof InkstoneError && error.code === "E_RESPONSE_FORMAT")) throw error;
        found.refused++;
        if (process.env.SHOW) console.log(error.message, JSON.stringify(schema));
      }
    }
    if (process.env.SHOW) console.log(found);
    expect(wrong).toEqual([]);
    expect(found.cut).toBeLessThan(count / 50);
    expect(found.valid).toBeGreaterThan(count * 0.8);
  });

  it("follows a schema that holds itself", async () => {
    await using model = await open();
    const schema = {
      $defs: {
        tree: {
          type: "object",
          properties: { leaf: { type: "boolean" }, next: { anyOf: [{ type: "null" }, { $ref: "#/$defs/tree" }] } },
          required: ["leaf", "next"],
          additionalProperties: false,
        },
      },
      $ref: "#/$defs/tree",
    };
    const { value, finishReason } = await model.generate("Hello", {
      seed: 3,
      temperature: 1,
      maxTokens: 1500,
      responseFormat: { type: "json_schema", schema },
    });
    expect(finishReason).toBe("stop");
    expect(new Ajv2020.default().validate(schema, value)).toBe(true);
  });

  const refused: readonly [name: string, schema: unknown, place: string][] = [
    ["a keyword that is not enforced", { type: "array", uniqueItems: true }, "schema.uniqueItems"],
    ["a keyword inside", { properties: { a: { not: {} } } }, "schema.properties.a.not"],
    ["a mistyped keyword", { propertis: {} }, 'did you mean "properties"'],
    ["a format that is not known", { format: "iri" }, "schema.format"],
    ["look-around", { pattern: "a(?=b)" }, "(?="],
    ["a back reference", { pattern: "(a)\\1" }, "\\1"],
    ["what is no pattern", { pattern: "(" }, "schema.pattern"],
    ["options that overlap", { oneOf: [{ type: "integer" }, { type: "number" }] }, "cannot be told apart"],
    ["a number with an exponent", { const: 1e-9 }, "exponent"],
    ["a reference elsewhere", { $ref: "https://example.com/a.json" }, "schema.$ref"],
    ["a reference to nothing", { $ref: "#/$defs/none" }, "none"],
    ["what nothing satisfies", false, "schema"],
    ["bounds that exclude each other", { type: "integer", minimum: 3, maximum: 2 }, "minimum"],
    ["a list of values that is too long", { enum: Array.from({ length: 1001 }, (_, i) => i) }, "schema.enum"],
    ["a schema that is too deep", Array.from({ length: 70 }).reduce((inner: unknown) => ({ items: inner }), {}), "levels deep"],
    ["a schema that is too long", { description: "a".repeat(70_000) }, "65536 bytes"],
    ["an instruction to the engine", { "x-guidance": { lenient: true } }, "x-guidance"],
    ["no schema", 3, "schema"],
  ];
  it.each(refused)("refuses %s by name", async (_name, schema, place) => {
    await using model = await open();
    const error = await failure(model.generate("Hello", { responseFormat: { type: "json_schema", schema: schema as JsonSchema } }));
    expect(error).toMatchObject({ code: "E_RESPONSE_FORMAT" });
    expect((error as Error).message).toContain(place);
  });
});

describe("other forms", () => {
  it("keeps to a regular expression", async () => {
    await using model = await open();
    for (let seed = 0; seed < 20; seed++) {
      const responseFormat: ResponseFormat = { type: "regex", pattern: "^(?:yes|no), \\d{2}[^\\d]$" };
      const { text, finishReason } = await model.generate("Hello", { temperature: 1, seed, responseFormat });
      expect(text).toMatch(/^(?:yes|no), \d{2}\D$/u);
      expect(finishReason).toBe("stop");
    }
  });

  it("keeps to a Lark grammar", async () => {
    await using model = await open();
    const grammar = 'start: item ("," item)*\nitem: /[0-9]+/ | "(" start ")"';
    const { text } = await model.generate("Hello", {
      temperature: 1,
      seed: 1,
      maxTokens: 400,
      responseFormat: { type: "lark", grammar },
      logitBias: { 11: 0 },
    });
    expect(text).toMatch(/^[\d(]/);
    expect((await failure(model.generate("Hello", { responseFormat: { type: "lark", grammar: "start: nothing" } }))) as object).toMatchObject({
      code: "E_RESPONSE_FORMAT",
    });
  });

  it("gives typed values of a zod schema, and says where the schema refuses more than its JSON Schema tells", async () => {
    await using model = await open();
    const schema = z.object({ colour: z.enum(["red", "green"]), count: z.int().min(1).max(9) });
    const { value } = await model.generate("Hello", { responseFormat: schema });
    const count: number = value.count;
    expect(schema.parse(value)).toEqual(value);
    expect(count).toBeGreaterThan(0);
    const never = schema.refine(() => false, "it never is");
    expect(await failure(model.generate("Hello", { responseFormat: never }))).toMatchObject({
      code: "E_ANSWER_VALUE",
      parameters: { why: ["it never is"] },
    });
    expect(await failure(model.generate("Hello", { maxTokens: 2, responseFormat: schema }))).toMatchObject({ code: "E_ANSWER_VALUE" });
  });

  it("leaves other answers beside it as they are", async () => {
    await using model = await open();
    const alone = await model.generate("Hello you", { maxTokens: 40 });
    const [beside] = await Promise.all([
      model.generate("Hello you", { maxTokens: 40 }),
      model.generate("Hello", { temperature: 1, seed: 4, responseFormat: { type: "json_object" }, maxTokens: 60 }),
    ]);
    expect(beside.tokenIds).toEqual(alone.tokenIds);
  });

  it("is refused by name on the reference kernels", async () => {
    await using model = await LanguageModel.open(path, { executor: "reference" });
    expect(await failure(model.generate("Hello", { responseFormat: { type: "json_object" } }))).toMatchObject({ code: "E_NATIVE_NEEDED" });
    expect((await model.generate("Hello", { maxTokens: 2 })).completionTokens).toBe(2);
  });

  it("refuses a format that is none", () => {
    expect(() => grammarOf({ type: "yaml" } as unknown as ResponseFormat)).toThrowError(/json_schema/);
    expect(() => grammarOf({ type: "regex", pattern: "a", flags: "i" } as ResponseFormat)).toThrowError(/flags/);
    expect(grammarOf({ type: "text" })).toBeUndefined();
  });
});

describe("masks in sampling", () => {
  it("draws from the few likeliest what it draws from all logits", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 40, maxLength: 60 }),
        fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 30 }),
        fc.record({
          temperature: fc.constantFrom(0, 0.5, 1),
          topK: fc.constantFrom(0, 3),
          topP: fc.constantFrom(1, 0.7),
          minP: fc.constantFrom(0, 0.1),
          seed: fc.nat(),
        }),
        (values, kept, options) => {
          const logits = Float32Array.from(values);
          const allowed = new Uint32Array(2);
          for (const id of kept) allowed[id >>> 5] |= 1 << (id & 31);
          const checked = checkOptions(options);
          const few = allOf(logits, 1)!.ids.slice(0, 12);
          const scale = options.temperature === 0 ? 1 : 1 / options.temperature;
          const normalizer = Math.log(logits.reduce((sum, value) => sum + Math.exp(value * scale), 0));
          const likeliest = { values: Float32Array.from(few, (id) => logits[id]), indices: few, normalizer };
          const found = pick({ likeliest, logits: () => logits.slice() }, logits.length, checked, [], 0, [], allowed);
          const masked = logits.slice();
          forbid(masked, allowed);
          const order = allOf(masked, 1)!;
          const right = pick(
            {
              likeliest: { values: Float32Array.from(order.ids, (id) => masked[id]), indices: order.ids, normalizer: 0 },
              logits: () => masked.slice(),
            },
            logits.length,
            checked,
            [],
            0,
          );
          expect(found).toBe(right);
          expect(kept).toContain(found);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("knows nothing of what is not listed: where that decides, it says so", () => {
    const told = { values: Float32Array.of(2, 1), indices: Int32Array.of(7, 3), normalizer: 3 };
    expect(allowedOf(fromLikeliest(told, 1, 100)!, Uint32Array.of(1 << 5))).toBeUndefined();
  });
});
