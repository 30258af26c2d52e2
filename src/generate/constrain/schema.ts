// A JSON schema before it forms an answer: every keyword of it is one that will be enforced, or it is refused by name, with its place. Knows no model.
import { distance, InkstoneError, nearest, type Phrase } from "../../core/index.ts";
import { formatPatterns } from "./formats.ts";
import { translatePattern } from "./pattern.ts";

/** Limits of a schema. */
export const schemaLimits = { bytes: 65_536, depth: 32, values: 1000, patternCharacters: 1024 } as const;

type Keywords = Readonly<Record<string, unknown>>;
type Walk = (value: unknown, place: Place) => unknown;

/** Where a value stands, and how deep. */
interface Place {
  readonly at: string;
  readonly depth: number;
}

const below = ({ at, depth }: Place, name: string | number): Place => ({
  at: typeof name === "number" ? `${at}[${name}]` : /^[A-Za-z_$][\w$-]*$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`,
  depth: depth + 1,
});

/** Errors: `E_RESPONSE_FORMAT`. */
export function refuse(place: string, why: Phrase): never {
  throw new InkstoneError("E_RESPONSE_FORMAT", { place, why });
}

const kinds =
  (name: { en: string; zh: string }, holds: (value: unknown) => boolean): Walk =>
  (value, { at }) =>
    holds(value) ? value : refuse(at, { en: `it must be ${name.en}`, zh: `必须是${name.zh}` });

const isMap = (value: unknown): value is Keywords => typeof value === "object" && value !== null && !Array.isArray(value);
const count = kinds({ en: "a whole number from 0", zh: "不小于 0 的整数" }, (value) => Number.isSafeInteger(value) && (value as number) >= 0);
// The engine writes numbers without an exponent, and not beyond some twenty digits.
const isPlain = (value: unknown): boolean => typeof value === "number" && !String(value).includes("e");
const number = kinds({ en: "a number that is written without an exponent", zh: "不用指数表示的数" }, isPlain);
const above = kinds({ en: "a number above 0", zh: "大于 0 的数" }, (value) => isPlain(value) && (value as number) > 0);
const names = kinds({ en: "a list of names", zh: "名称列表" }, (value) => Array.isArray(value) && value.every((one) => typeof one === "string"));

const anyValue: Walk = (value, place) => {
  if (typeof value === "number") return number(value, place);
  if (Array.isArray(value)) return value.map((one, i) => anyValue(one, below(place, i)));
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, anyValue(one, below(place, name))])) : value;
};

const schemas: Walk = (value, place) =>
  Array.isArray(value) && value.length > 0
    ? value.map((one, i) => schema(one, below(place, i)))
    : refuse(place.at, { en: "it must be a list of schemas, at least one", zh: "必须是至少含一项的模式列表" });
const oneOrMore: Walk = (value, place) => (Array.isArray(value) ? schemas(value, place) : schema(value, place));
const byName: Walk = (value, place) =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, schema(one, below(place, name))]))
    : refuse(place.at, { en: "it must be an object of schemas", zh: "必须是由模式组成的对象" });
const byPattern: Walk = (value, place) => {
  const read = byName(value, place) as Keywords;
  return Object.fromEntries(Object.entries(read).map(([name, one]) => [pattern(name, below(place, name)) as string, one]));
};

const typeNames = ["null", "boolean", "number", "integer", "string", "array", "object"];
const types: Walk = (value, { at }) => {
  const all = Array.isArray(value) ? value : [value];
  const wrong = all.find((one) => !typeNames.includes(one as string));
  if (wrong === undefined && all.length > 0) return value;
  return refuse(at, { en: `it must be one or some of ${typeNames.join(", ")}`, zh: `必须是以下类型之一或若干：${typeNames.join("、")}` });
};

const values: Walk = (value, place) => {
  const { at } = place;
  if (!Array.isArray(value) || value.length === 0)
    return refuse(at, { en: "it must be a list of at least one value", zh: "必须是至少含一个值的列表" });
  const most = schemaLimits.values;
  return value.length <= most
    ? anyValue(value, place)
    : refuse(at, { en: `it has ${value.length} values; at most ${most} are allowed`, zh: `有 ${value.length} 个值，最多允许 ${most} 个` });
};

const pattern: Walk = (value, { at }) => {
  const most = schemaLimits.patternCharacters;
  if (typeof value !== "string" || value.length > most)
    return refuse(at, { en: `it must be a regular expression of at most ${most} characters`, zh: `必须是不超过 ${most} 个字符的正则表达式` });
  try {
    new RegExp(value, "u");
  } catch {
    return refuse(at, { en: "it is no regular expression of ECMAScript (flag u)", zh: "不是有效的 ECMAScript 正则表达式（u 标志）" });
  }
  const made = translatePattern(value);
  return typeof made === "string"
    ? made
    : refuse(at, { en: `regular expressions here have no ${made.feature}`, zh: `此处的正则表达式不支持 ${made.feature}` });
};

const reference: Walk = (value, { at }) =>
  typeof value === "string" && value.startsWith("#")
    ? value
    : refuse(at, { en: "only references within the schema (#…) are followed; nothing is fetched", zh: "仅支持模式内部引用（#…），不会获取外部内容" });

const enforced: Readonly<Record<string, Walk>> = {
  type: types,
  const: anyValue,
  enum: values,
  $ref: reference,
  anyOf: schemas,
  oneOf: schemas,
  allOf: schemas,
  items: oneOrMore,
  additionalItems: (value, place) => schema(value, place),
  prefixItems: schemas,
  minItems: count,
  maxItems: count,
  properties: byName,
  patternProperties: byPattern,
  additionalProperties: (value, place) => schema(value, place),
  required: names,
  minProperties: count,
  maxProperties: count,
  minLength: count,
  maxLength: count,
  pattern,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: above,
  $defs: byName,
  definitions: byName,
};

/** Words for people; they ask for nothing of a value. */
const notes = new Set(["$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"]);

/** What is asked for as nothing. */
const neutral: Readonly<Record<string, unknown>> = { uniqueItems: false, nullable: false };

function schema(given: unknown, place: Place): unknown {
  if (typeof given === "boolean") return given;
  if (!isMap(given)) return refuse(place.at, { en: "it must be a schema: an object, true or false", zh: "必须是模式：对象、true 或 false" });
  const most = schemaLimits.depth;
  if (place.depth > 2 * most) return refuse(place.at, { en: `schemas may be ${most} levels deep`, zh: `模式最多嵌套 ${most} 层` });
  const made: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(given)) {
    if (notes.has(keyword) || (keyword === "$id" && place.depth === 0) || (keyword in neutral && neutral[keyword] === value)) continue;
    const there = below(place, keyword);
    if (keyword === "format") made.allOf = [...((made.allOf as unknown[]) ?? []), { pattern: formatPattern(value, there) }];
    else if (Object.hasOwn(enforced, keyword))
      made[keyword] =
        keyword === "allOf" ? [...((made.allOf as unknown[]) ?? []), ...(schemas(value, there) as unknown[])] : enforced[keyword](value, there);
    else unknownKeyword(keyword, there);
  }
  checkCounts(made, place);
  return made;
}

function formatPattern(format: unknown, { at }: Place): string {
  if (typeof format === "string" && Object.hasOwn(formatPatterns, format)) return `^(?:${formatPatterns[format]})$`;
  const known = Object.keys(formatPatterns);
  return refuse(at, { en: `enforced are ${known.join(", ")}`, zh: `可强制执行的有 ${known.join("、")}` });
}

function unknownKeyword(keyword: string, { at }: Place): never {
  const close = nearest(keyword, Object.keys(enforced));
  if (distance(keyword, close) > 2) return refuse(at, { en: "this keyword cannot be enforced", zh: "无法强制执行此关键字" });
  return refuse(at, { en: `this keyword cannot be enforced; did you mean "${close}"?`, zh: `无法强制执行此关键字；您是否想用“${close}”？` });
}

// Where names are free, the same one may come twice, and then counts once.
function checkCounts({ minProperties, required, additionalProperties, patternProperties }: Keywords, place: Place): void {
  const free = additionalProperties !== false || patternProperties !== undefined;
  const least = typeof minProperties === "number" ? minProperties - ((required as unknown[] | undefined)?.length ?? 0) : 0;
  if (free && least > 1)
    refuse(`${place.at}.minProperties`, {
      en: "it can be enforced only up to one more than the required names, where other names are allowed",
      zh: "允许其他属性名时，最多只能强制比必需属性多一个",
    });
}

/**
 * Holds a schema against what can be enforced, and gives it as the native part reads it: words for people left out, formats and patterns in its dialect.
 *
 * Errors: `E_RESPONSE_FORMAT` with the place of the first keyword that cannot be enforced, of what is malformed, or of a limit.
 *
 * @example
 * readSchema({ type: "string", title: "Name", maxLength: 9 }); // { type: "string", maxLength: 9 }
 * readSchema({ type: "array", uniqueItems: true }); // throws E_RESPONSE_FORMAT: schema.uniqueItems …
 */
export function readSchema(given: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(given);
  } catch {
    // it holds itself
  }
  if (text === undefined) refuse("schema", { en: "it is no JSON", zh: "不是 JSON" });
  const most = schemaLimits.bytes;
  if (Buffer.byteLength(text, "utf8") > most) refuse("schema", { en: `it is longer than ${most} bytes`, zh: `超过 ${most} 字节` });
  return schema(JSON.parse(text), { at: "schema", depth: 0 });
}
