// Requests made from the description of the API: bodies that its schemas allow, and the same bent out of shape. Knows JSON Schema as far as our descriptions use it.
import fc from "fast-check";

/** JSON Schema, as far as it is used. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const strange = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    " ",
    "\u0000",
    "\ud800",
    "😀",
    "墨",
    "../../etc/passwd",
    "__proto__",
    "a".repeat(5000),
    "-1",
    "1e999",
    "<script>",
    "\r\nx: y",
    "%s%n",
  ),
);
const anything = fc.oneof(
  strange,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 0.5, 1e15, 2 ** 53, -1e300, [], {}, [[]], [null], { a: { b: [1] } }),
  fc.jsonValue({ maxDepth: 3 }),
);
const word = fc.constantFrom("Ink?", "The stone is red.", "墨是黑的。", "a", "hello 你好", "smollm2:135m", "2026-11-30", "de", "en", "x@y.org");

function text({ minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<unknown> {
  const long = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
  return fc.oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: long }, { weight: 1, arbitrary: strange });
}

function number(schema: Schema, whole: boolean): fc.Arbitrary<unknown> {
  const [least, most] = [schema.minimum ?? schema.exclusiveMinimum ?? -5, schema.maximum ?? schema.exclusiveMaximum ?? 50];
  const from = Math.max(least, -(2 ** 31));
  const to = Math.max(from, Math.min(most, whole ? from + 40 : 1e6));
  const between: fc.Arbitrary<unknown> = whole
    ? fc.integer({ min: Math.ceil(from), max: Math.floor(to) })
    : fc.double({ min: from, max: to, noNaN: true });
  return fc.oneof({ weight: 4, arbitrary: between }, { weight: 1, arbitrary: fc.constantFrom<unknown>(least, most, least - 1, most + 1) });
}

/** Values that a schema allows, mostly. */
export function fromSchema(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => fromSchema(branch, depth + 1)));
  if (schema.allOf !== undefined) return fromSchema(Object.assign({}, ...schema.allOf) as Schema, depth + 1);
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (types.length > 1) return fc.oneof(...types.map((type) => fromSchema({ ...schema, type }, depth + 1)));
  switch (types[0]) {
    case "string":
      return text(schema);
    case "integer":
      return number(schema, true);
    case "number":
      return number(schema, false);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(fromSchema(schema.items ?? {}, depth + 1), {
        minLength: Math.min(schema.minItems ?? 0, 3),
        maxLength: depth > 6 ? 1 : Math.max(schema.minItems ?? 0, 3),
      });
    case "object":
      return object(schema, depth);
    default:
      return anything;
  }
}

function object({ properties = {}, required = [], additionalProperties }: Schema, depth: number): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fromSchema(one, depth + 1)]));
  // Most optional fields are left out, so that what is there has a chance to be right together.
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const known = fc
    .subarray(optional, { maxLength: Math.min(optional.length, 4) })
    .chain((chosen) => fc.record(pick(model, [...required.filter((name) => name in model), ...chosen])));
  if (additionalProperties === undefined || additionalProperties === false || additionalProperties === true) return known;
  return fc
    .tuple(known, fc.dictionary(fc.string({ maxLength: 8 }), fromSchema(additionalProperties, depth + 1), { maxKeys: 3 }))
    .map(([a, b]) => ({ ...b, ...(a as object) }));
}

const pick = <T>(of: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of[name]]));

// One place of a value, found by a number, made something else.
function bent(value: unknown, at: number, other: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && at % 4 !== 0)
    return value.map((each, i) => (i === at % value.length ? bent(each, at >> 2, other) : each));
  if (typeof value === "object" && value !== null && !Array.isArray(value) && at % 5 !== 0) {
    const keys = Object.keys(value);
    if (keys.length === 0) return other;
    const key = keys[at % keys.length];
    const { [key]: inner, ...rest } = value as Record<string, unknown>;
    return at % 3 === 0 ? rest : { ...rest, [key]: bent(inner, at >> 2, other) };
  }
  return other;
}

/** A body for a schema: as it allows, bent in one place, or anything at all. */
export function bodies(schema: Schema): fc.Arbitrary<unknown> {
  const right = fromSchema(schema);
  return fc.oneof(
    { weight: 4, arbitrary: right },
    { weight: 4, arbitrary: fc.tuple(right, fc.nat(1 << 20), anything).map(([value, at, other]) => bent(value, at, other)) },
    { weight: 1, arbitrary: anything },
  );
}
