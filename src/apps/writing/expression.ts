// The expressions of templates: fields, numbers, comparisons, a few functions. Each value remembers the cells that it came from. Runs no code.
import { type InkstoneError, meant } from "../../core/index.ts";

/** What a field holds. */
export type FieldValue = string | number | boolean | null | readonly FieldValue[] | { readonly [key: string]: FieldValue };

/** A value and the fields of the row that it rests on. */
export interface Traced {
  readonly value: FieldValue | undefined;
  readonly cells: readonly string[];
}

/** Where an expression finds its fields. */
export interface Scope {
  readonly lookup: (name: string) => Traced | undefined;
  readonly names: () => readonly string[];
}

/** An expression that was read. */
export type Expression = (scope: Scope) => Traced;

/** Says where in a template something is wrong. */
export type Wrong = (why: { readonly en: string; readonly zh: string }) => InkstoneError;

type Token = { readonly kind: "number" | "text" | "name" | "mark"; readonly text: string };
const pattern =
  /\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*)|(==|!=|<=|>=|[<>+\-*/(),]))/uy;

/** Most names, numbers and marks of an expression: each may stand inside the one before, and is read inside it. */
const mostTokens = 300;

function tokens(source: string, wrong: Wrong): Token[] {
  const found: Token[] = [];
  pattern.lastIndex = 0;
  const end = source.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null)
      throw wrong({ en: `"${source.slice(at).trim().slice(0, 20)}" cannot be read`, zh: `无法解析“${source.slice(at).trim().slice(0, 20)}”` });
    const [, number, double, single, name, mark] = match;
    if (number !== undefined) found.push({ kind: "number", text: number });
    else if (double !== undefined || single !== undefined) found.push({ kind: "text", text: (double ?? single).replace(/\\(.)/g, "$1") });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else found.push({ kind: "mark", text: mark });
    if (found.length > mostTokens)
      throw wrong({ en: `this has more than ${mostTokens} names, numbers and marks`, zh: `此处的名称、数字与符号超过 ${mostTokens} 个` });
  }
  return found;
}

/** A list, or a value alone as a list of one. */
export const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null || value === "" ? [] : [value as FieldValue];

/** A number, also from a text that is one ("1,204.5"); undefined for anything else. */
export function numberOf(value: FieldValue | undefined): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !/^\s*[-+−]?\d[\d,]*(?:\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value.replaceAll(",", "").replace("−", "-"));
}

/** Whether a value says yes: not empty, not 0, not "no". */
export const truthOf = (value: FieldValue | undefined): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : !(value === undefined || value === null || value === "" || value === false || value === 0 || /^(?:false|no|否|无)$/i.test(String(value)));

type Function = (values: readonly (FieldValue | undefined)[], wrong: Wrong) => FieldValue | undefined;

const numbersOf = (values: readonly (FieldValue | undefined)[], wrong: Wrong): number[] =>
  values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .map((value) => {
      const number = numberOf(value);
      if (number === undefined)
        throw wrong({ en: `${JSON.stringify(value) ?? "nothing"} is not a number`, zh: `${JSON.stringify(value) ?? "空值"} 不是数字` });
      return number;
    });

const functions: Readonly<Record<string, Function>> = {
  has: ([value]) => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0),
  not: ([value]) => !truthOf(value),
  abs: (values, wrong) => Math.abs(numbersOf(values, wrong)[0]),
  round: (values, wrong) => {
    const [value, digits = 0] = numbersOf(values, wrong);
    return Number(value.toFixed(digits));
  },
  min: (values, wrong) => Math.min(...numbersOf(values, wrong)),
  max: (values, wrong) => Math.max(...numbersOf(values, wrong)),
  sum: (values, wrong) => numbersOf(values, wrong).reduce((total, value) => total + value, 0),
  mean: (values, wrong) => {
    const all = numbersOf(values, wrong);
    return all.reduce((total, value) => total + value, 0) / all.length;
  },
  count: ([value]) => listOf(value).length,
  first: ([value]) => listOf(value)[0],
  last: ([value]) => listOf(value).at(-1),
  // Per cent from the second to the first; nothing where the second is 0.
  change: (values, wrong) => {
    const [now, before] = numbersOf(values, wrong);
    return before === 0 ? null : ((now - before) / Math.abs(before)) * 100;
  },
  // "up", "down", "flat" or "mixed" over the values of a list.
  trend: (values, wrong) => {
    const all = numbersOf(values, wrong);
    const steps = all.slice(1).map((value, i) => Math.sign(value - all[i]));
    if (steps.every((step) => step === 0)) return "flat";
    return steps.every((step) => step >= 0) ? "up" : steps.every((step) => step <= 0) ? "down" : "mixed";
  },
};

const compare: Readonly<Record<string, (a: FieldValue | undefined, b: FieldValue | undefined) => boolean>> = {
  "==": (a, b) => same(a, b),
  "!=": (a, b) => !same(a, b),
  "<": (a, b) => ordered(a, b) < 0,
  "<=": (a, b) => ordered(a, b) <= 0,
  ">": (a, b) => ordered(a, b) > 0,
  ">=": (a, b) => ordered(a, b) >= 0,
};

function same(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  return x !== undefined && y !== undefined ? x === y : String(a ?? "") === String(b ?? "");
}

// NaN where they cannot be compared: every comparison is false then.
function ordered(a: FieldValue | undefined, b: FieldValue | undefined): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a !== "string" || typeof b !== "string") return Number.NaN;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reads an expression. Errors: those of `wrong`, at once or when it runs. */
export function readExpression(source: string, wrong: Wrong): Expression {
  const reader = new Reader(tokens(source, wrong), wrong);
  const expression = reader.either();
  reader.end();
  return expression;
}

const merged = (...all: readonly Traced[]): string[] => [...new Set(all.flatMap(({ cells }) => cells))];

class Reader {
  readonly #tokens: readonly Token[];
  readonly #wrong: Wrong;
  #at = 0;

  constructor(all: readonly Token[], wrong: Wrong) {
    this.#tokens = all;
    this.#wrong = wrong;
  }

  #take(...texts: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === "text" || !texts.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token !== undefined) throw this.#wrong({ en: `"${token.text}" does not belong here`, zh: `此处不应出现“${token.text}”` });
  }

  either(): Expression {
    let left = this.#both();
    while (this.#take("or") !== undefined) {
      const [a, b] = [left, this.#both()];
      left = (scope) => {
        const first = a(scope);
        if (truthOf(first.value)) return { value: true, cells: first.cells };
        const second = b(scope);
        return { value: truthOf(second.value), cells: merged(first, second) };
      };
    }
    return left;
  }

  #both(): Expression {
    let left = this.#comparison();
    while (this.#take("and") !== undefined) {
      const [a, b] = [left, this.#comparison()];
      left = (scope) => {
        const first = a(scope);
        if (!truthOf(first.value)) return { value: false, cells: first.cells };
        const second = b(scope);
        return { value: truthOf(second.value), cells: merged(first, second) };
      };
    }
    return left;
  }

  #comparison(): Expression {
    if (this.#take("not") !== undefined) {
      const inner = this.#comparison();
      return (scope) => {
        const { value, cells } = inner(scope);
        return { value: !truthOf(value), cells };
      };
    }
    const left = this.#sum();
    const by = this.#take(...Object.keys(compare));
    if (by === undefined) return left;
    const right = this.#sum();
    return (scope) => {
      const [a, b] = [left(scope), right(scope)];
      return { value: compare[by](a.value, b.value), cells: merged(a, b) };
    };
  }

  #sum(): Expression {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#single()));
  }

  #chain(marks: readonly string[], next: () => Expression): Expression {
    let left = next();
    for (let mark = this.#take(...marks); mark !== undefined; mark = this.#take(...marks)) {
      const [a, b, by] = [left, next(), mark];
      left = (scope) => {
        const [x, y] = [a(scope), b(scope)];
        const [p, q] = numbersOf([x.value, y.value], this.#wrong);
        if (by === "/" && q === 0) throw this.#wrong({ en: "this divides by 0", zh: "除数为 0" });
        return { value: by === "+" ? p + q : by === "-" ? p - q : by === "*" ? p * q : p / q, cells: merged(x, y) };
      };
    }
    return left;
  }

  #single(): Expression {
    if (this.#take("-") !== undefined) {
      const inner = this.#single();
      return (scope) => {
        const one = inner(scope);
        return { value: -numbersOf([one.value], this.#wrong)[0], cells: one.cells };
      };
    }
    if (this.#take("(") !== undefined) {
      const inner = this.either();
      if (this.#take(")") === undefined) throw this.#wrong({ en: 'a ")" is missing', zh: "缺少“)”" });
      return inner;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#wrong({ en: "something is missing at the end", zh: "末尾缺少内容" });
    if (token.kind === "number") return constant(Number(token.text));
    if (token.kind === "text") return constant(token.text);
    if (token.kind === "mark") throw this.#wrong({ en: `"${token.text}" does not belong here`, zh: `此处不应出现“${token.text}”` });
    if (this.#take("(") !== undefined) return this.#call(token.text);
    if (token.text === "true" || token.text === "false") return constant(token.text === "true");
    return fieldOf(token.text, this.#wrong);
  }

  #call(name: string): Expression {
    const work = Object.hasOwn(functions, name) ? functions[name] : undefined;
    const known = Object.keys(functions);
    if (work === undefined) {
      const near = meant(name, known);
      throw this.#wrong({
        en: `there is no function "${name}"; ${near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`}`,
        zh: `没有函数“${name}”；可用：${known.join("、")}`,
      });
    }
    const given: Expression[] = [];
    while (this.#take(")") === undefined) {
      given.push(this.either());
      if (this.#take(",") === undefined && this.#tokens[this.#at]?.text !== ")") throw this.#wrong({ en: 'a ")" is missing', zh: "缺少“)”" });
    }
    return (scope) => {
      const all = given.map((one) => one(scope));
      return {
        value: work(
          all.map(({ value }) => value),
          this.#wrong,
        ),
        cells: merged(...all),
      };
    };
  }
}

const constant =
  (value: FieldValue): Expression =>
  () => ({ value, cells: [] });

function fieldOf(path: string, wrong: Wrong): Expression {
  const [name, ...rest] = path.split(".");
  return (scope) => {
    const found = scope.lookup(name);
    if (found === undefined) {
      const near = meant(name, scope.names());
      throw wrong({
        en: `there is no field "${name}"${near === undefined ? `; there are ${scope.names().join(", ")}` : `; did you mean "${near}"?`}`,
        zh: `没有字段“${name}”；可用：${scope.names().join("、")}`,
      });
    }
    let value = found.value;
    for (const key of rest)
      value =
        typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
          ? (value as Record<string, FieldValue>)[key]
          : undefined;
    return { value, cells: rest.length > 0 ? found.cells.map((cell) => `${cell}.${rest.join(".")}`) : found.cells };
  };
}
