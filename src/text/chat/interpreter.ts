// The interpreter of @huggingface/jinja under a budget: every node costs, and whatever could grow beyond its operands is measured before it happens.
// Where an operand must be known first, it is evaluated once and handed on as a constant. Knows no messages.
import { InkstoneError } from "../../core/index.ts";
import { type Budget, overBudget, templateLimits } from "./budget.ts";
import { type Environment, jinja, type Node, type Value } from "./jinja.ts";

type Text = Value & { readonly value: string };
type List = Value & { readonly value: readonly Value[] };
type Dictionary = Value & { readonly value: ReadonlyMap<string, Value> };
type Numeric = Value & { readonly value: number };
type Call = (values: Value[], scope: Environment) => Value;

/** Steps of one iteration of a loop: it makes two scopes and the nine facts of `loop`. */
const ITERATION = 100;

const FunctionValue = new jinja.Environment().set("f", () => null).constructor as new (call: Call) => Value;

const isText = (value: Value | undefined): value is Text => value?.type === "StringValue";
const isList = (value: Value | undefined): value is List => Array.isArray(value?.value);
const isMap = (value: Value | undefined): value is Dictionary => value?.value instanceof Map;
const isNumber = (value: Value | undefined): value is Numeric => typeof value?.value === "number";

const constant = (value: Value): Node => ({ type: "Constant", constant: value });

/** Statements that print, and the size of what each holds: found once for a template. */
function bodies(program: Node): Set<unknown> {
  const printing = new Set<unknown>();
  const open: unknown[] = [program];
  while (open.length > 0) {
    const node = open.pop() as Record<string, unknown>;
    for (const [key, child] of Object.entries(node)) {
      const children = child instanceof Map ? [...child].flat() : Array.isArray(child) ? child : [child];
      for (const each of children) {
        if (typeof each !== "object" || each === null) continue;
        if (key === "body" || key === "alternate" || key === "defaultBlock") printing.add(each);
        open.push(each);
      }
    }
  }
  return printing;
}

/** Runs a template. One object a rendering. */
export class BudgetedInterpreter extends jinja.Interpreter {
  readonly #budget: Budget;
  readonly #printing: Set<unknown>;
  readonly #treeSize: number;
  #depth = 0;

  constructor(environment: Environment, program: Node, budget: Budget) {
    super(environment);
    this.#budget = budget;
    this.#printing = bodies(program);
    this.#treeSize = this.#printing.size;
  }

  override evaluate(node: Node | undefined, environment: Environment): Value {
    if (node?.type === "Constant") return node.constant as Value;
    this.#budget.spend(1);
    if (++this.#depth > templateLimits.depth) overBudget("depth");
    try {
      const value = this.#guarded(node, environment);
      if (isText(value)) this.#budget.text(value.value.length);
      if (this.#printing.has(node)) this.#print(value);
      return value;
    } finally {
      this.#depth--;
    }
  }

  #guarded(node: Node | undefined, environment: Environment): Value {
    switch (node?.type) {
      case "BinaryExpression":
        return this.#binary(node, environment);
      case "FilterExpression":
        return this.#filter(node, this.evaluate(node.operand as Node, environment), environment);
      case "FilterStatement": {
        const body = { type: "If", test: constant(environment.lookupVariable("true")), body: node.body, alternate: [] };
        return this.#filter({ ...node, type: "FilterExpression" }, super.evaluate(body, environment), environment);
      }
      case "MemberExpression":
        return this.#member(node, environment);
      case "For":
        return this.#loop(node, environment);
      case "Macro":
      case "CallStatement":
        this.#budget.spend(this.#treeSize);
        return super.evaluate(node, environment);
      case "Identifier": {
        const value = super.evaluate(node, environment);
        return node.value === "namespace" && value.type === "FunctionValue" ? this.#namespace(value) : value;
      }
      default:
        return super.evaluate(node, environment);
    }
  }

  #print(value: Value): void {
    if (isText(value)) this.#budget.print(value.value.length);
    else if (isList(value) || isMap(value)) this.#budget.print(this.#measure(value).text);
  }

  /** Size of a value written out: lists can hold each other many times over. */
  #measure(value: Value): { nodes: number; text: number; depth: number } {
    const size = { nodes: 0, text: 0, depth: 0 };
    const open: [Value, number][] = [[value, 1]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [part, depth] = next;
      if (++size.nodes > templateLimits.items) overBudget("items");
      size.depth = Math.max(size.depth, depth);
      if (isText(part)) size.text += part.value.length;
      else if (isList(part)) for (const each of part.value) open.push([each, depth + 1]);
      else if (isMap(part)) {
        for (const [key, each] of part.value) {
          size.text += key.length;
          open.push([each, depth + 1]);
        }
      }
    }
    this.#budget.spend(size.nodes);
    // A node writes a few characters of its own; a character may need six to be escaped.
    this.#budget.text(size.text + 8 * size.nodes);
    return size;
  }

  #binary(node: Node, environment: Environment): Value {
    const operator = (node.operator as { value: string }).value;
    if (operator === "and" || operator === "or") return super.evaluate(node, environment);
    const left = this.evaluate(node.left as Node, environment);
    const right = this.evaluate(node.right as Node, environment);
    if (operator === "*") this.#repeat(left, right);
    else if (operator.endsWith("in")) this.#contains(left, right);
    else if (isList(left) && isList(right) && operator === "+") this.#budget.list(left.value.length + right.value.length);
    else if (isText(left) && isText(right)) this.#budget.text(operator === "~" || operator === "+" ? left.value.length + right.value.length : 0);
    else for (const each of [left, right]) if (isList(each) || isMap(each)) this.#measure(each);
    const pythons = asInPython(operator, left, right);
    if (pythons !== undefined) return typeof pythons === "boolean" ? environment.lookupVariable(String(pythons)) : pythons;
    return super.evaluate({ ...node, left: constant(left), right: constant(right) }, environment);
  }

  #repeat(left: Value, right: Value): void {
    const [what, times] = isNumber(left) ? [right, left] : [left, right];
    if (isNumber(times) && isText(what)) this.#budget.text(times.value * what.value.length);
    if (isNumber(times) && isList(what)) this.#budget.list(times.value * what.value.length);
  }

  #contains(left: Value, right: Value): void {
    if (isText(left) && isText(right)) this.#budget.search(left.value.length, right.value.length);
    if (isList(right)) this.#budget.spend(right.value.length / 8);
  }

  #member(node: Node, environment: Environment): Value {
    const object = this.evaluate(node.object as Node, environment);
    const property = node.property as Node;
    const isSlice = property.type === "SliceExpression";
    if (isSlice && (isText(object) || isList(object))) this.#budget.spend(object.value.length / 8);
    const at = node.computed && !isSlice ? constant(this.evaluate(property, environment)) : property;
    const value = super.evaluate({ ...node, object: constant(object), property: at }, environment);
    if (value?.type !== "FunctionValue") return value;
    this.#budget.spend(10);
    if (isMap(object)) this.#budget.spend(object.value.size);
    const name = node.computed ? "" : String((property as { value?: unknown }).value);
    return isText(object) ? this.#method(object, name, value.value as unknown as Call) : value;
  }

  /** A method of a text: what it makes is measured by its arguments, whichever method it is. */
  #method(text: Text, name: string, call: Call): Value {
    return new FunctionValue((values, scope) => {
      this.#makes(text.value, values);
      const [characters] = values;
      // The library strips white space whatever it is asked for.
      if (Object.hasOwn(strips, name) && isText(characters)) return textOf(text, stripped(text.value, characters.value, strips[name]));
      return call(values, scope);
    });
  }

  /** Splitting and replacing: how often the first text occurs decides how many pieces, or how much of the second, there will be. */
  #makes(text: string, [first, second]: (Value | undefined)[]): void {
    this.#budget.text(text.length);
    this.#budget.spend(text.length / 64);
    const pattern = isText(first) ? first.value : undefined;
    this.#budget.search(pattern?.length ?? 1, text.length);
    const times = occurrences(text, pattern);
    this.#budget.list(times);
    if (isText(second)) this.#budget.text(text.length + times * second.value.length);
  }

  #filter(node: Node, operand: Value, environment: Environment): Value {
    const filter = node.filter as Node;
    const given = filter.type === "CallExpression" ? (filter.args as Node[]) : [];
    const settled = given.map((each) => this.#settle(each, environment));
    if (isText(operand)) this.#filterText(filterName(filter), operand.value, settled);
    else if (isList(operand) || isMap(operand)) this.#filterList(filterName(filter), operand, settled);
    if (isText(operand) && filterName(filter) === "capitalize") return textOf(operand, capitalized(operand.value));
    const chosen = isList(operand) ? byDefinition(filterName(filter), operand, settled) : undefined;
    if (chosen !== undefined) return chosen;
    const call = filter.type === "CallExpression" ? { ...filter, args: settled.map((each) => each.node) } : filter;
    return super.evaluate({ ...node, operand: constant(operand), filter: call }, environment);
  }

  /** An argument, evaluated; its node keeps its kind, which some filters ask for. */
  #settle(node: Node, environment: Environment): { node: Node; name?: string; value?: Value } {
    if (node.type === "StringLiteral") return { node, value: super.evaluate(node, environment) };
    const inner = node.type === "KeywordArgumentExpression" ? "value" : /Spread/.test(node.type) ? "argument" : undefined;
    if (inner === undefined) {
      const value = this.evaluate(node, environment);
      return { node: constant(value), value };
    }
    const value = this.evaluate(node[inner] as Node, environment);
    if (inner === "argument") this.#measure(value);
    const name = inner === "value" ? (node.key as { value: string }).value : undefined;
    return { node: { ...node, [inner]: constant(value) }, name, value: inner === "value" ? value : undefined };
  }

  #filterText(name: string, text: string, given: { name?: string; value?: Value }[]): void {
    this.#budget.spend(text.length / (name === "join" ? 8 : 64));
    const values = given.map((each) => each.value);
    if (name === "replace") this.#makes(text, values);
    const lines = occurrences(text, "\n") + 1;
    for (const value of values) {
      if (name === "join" && isText(value)) this.#budget.text(text.length * (1 + value.value.length));
      if (name === "indent" && isNumber(value)) this.#budget.text(text.length + lines * value.value);
      if (isList(value)) this.#measure(value);
    }
    if (name === "indent") this.#budget.text(text.length + lines * 4);
  }

  #filterList(name: string, operand: List | Dictionary, given: { name?: string; value?: Value }[]): void {
    const top = isList(operand) ? operand.value.length : operand.value.size;
    if (["length", "first", "last", "default"].includes(name)) return;
    this.#budget.spend(top);
    if (name === "list" || name === "items") return;
    const size = this.#measure(operand);
    this.#budget.spend(size.nodes * 16 + size.text / 16);
    for (const { value } of given) {
      // Separators stand between all nodes, an indent before each as often as it is deep.
      if (isNumber(value)) this.#budget.text(size.nodes * size.depth * Math.abs(value.value));
      if (isText(value)) this.#budget.text(size.nodes * value.value.length);
      if (isList(value)) this.#budget.text(size.nodes * this.#measure(value).text);
    }
  }

  #loop(node: Node, environment: Environment): Value {
    const iterable = node.iterable as Node;
    const isFiltered = iterable.type === "SelectExpression";
    const value = this.evaluate((isFiltered ? iterable.lhs : iterable) as Node, environment);
    if (isList(value)) this.#budget.spend(value.value.length * ITERATION);
    if (isMap(value)) this.#budget.spend(value.value.size * ITERATION);
    const settled = isFiltered ? { ...iterable, lhs: constant(value) } : constant(value);
    return super.evaluate({ ...node, iterable: settled }, environment);
  }

  /** `namespace` takes pairs; a long text would be taken apart only to be refused. */
  #namespace(value: Value): Value {
    return new FunctionValue((values, scope) => {
      for (const each of values) {
        if (isMap(each)) this.#budget.spend(each.value.size);
        if (!isList(each)) continue;
        this.#budget.spend(each.value.length);
        if (each.value.some((pair) => isText(pair) && pair.value.length > 4))
          throw new InkstoneError("E_TEMPLATE", { why: { en: "namespace expects pairs", zh: "namespace 需要键值对" } });
      }
      return (value.value as unknown as Call)(values, scope);
    });
  }
}

/** Where the language around the library differs from Python's: a text equals no number, a list no truth value, and a remainder has the sign of what divides. */
function asInPython(operator: string, left: Value, right: Value): Value | boolean | undefined {
  if (operator === "%" && isNumber(left) && isNumber(right) && right.value !== 0) {
    const rest = left.value % right.value;
    if (rest !== 0 && rest < 0 !== right.value < 0) return numberOf(left.constructor === right.constructor ? left : right, rest + right.value);
  }
  if ((operator === "==" || operator === "!=") && (isText(left) !== isText(right) || isList(left) !== isList(right))) return operator === "!=";
  return undefined;
}

const numberOf = (like: Numeric, value: number): Value => new (like.constructor as new (value: number) => Value)(value);

function capitalized(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** Which ends each method strips. */
const strips: Readonly<Record<string, { readonly left: boolean; readonly right: boolean }>> = {
  strip: { left: true, right: true },
  lstrip: { left: true, right: false },
  rstrip: { left: false, right: true },
};

// Any of the characters, as often as they stand there.
function stripped(text: string, characters: string, { left, right }: { readonly left: boolean; readonly right: boolean }): string {
  const all = [...text];
  const set = new Set(characters);
  let [from, to] = [0, all.length];
  while (left && from < to && set.has(all[from])) from++;
  while (right && to > from && set.has(all[to - 1])) to--;
  return all.slice(from, to).join("");
}

const textOf = (like: Text, text: string): Value => new (like.constructor as new (text: string) => Value)(text);

// The library looks at attributes that are there only: what is chosen for being undefined is chosen here.
function byDefinition(name: string, list: List, given: readonly { readonly value?: Value }[]): Value | undefined {
  const [attribute, test] = given.map(({ value }) => value);
  if ((name !== "selectattr" && name !== "rejectattr") || given.length !== 2 || !isText(attribute) || !isText(test)) return undefined;
  if (test.value !== "defined" && test.value !== "undefined") return undefined;
  const wanted = (test.value === "defined") === (name === "selectattr");
  const has = (one: Value): boolean => isMap(one) && (one.value.get(attribute.value)?.type ?? "UndefinedValue") !== "UndefinedValue";
  const chosen = list.value.filter((one) => has(one) === wanted);
  return new (list.constructor as new (values: readonly Value[]) => Value)(chosen);
}

function filterName(filter: Node): string {
  const name = filter.type === "CallExpression" ? (filter.callee as { value: unknown }).value : filter.value;
  return typeof name === "string" ? name : "";
}

/** How often a pattern occurs, at most as often as is allowed plus one; without a pattern: runs of what is no white space. */
function occurrences(text: string, pattern: string | undefined): number {
  if (pattern === "") return text.length + 1;
  let count = 0;
  if (pattern === undefined) {
    for (const _ of text.matchAll(/\S+/g)) if (++count > templateLimits.items) break;
    return count;
  }
  for (let at = text.indexOf(pattern); at >= 0 && count <= templateLimits.items; at = text.indexOf(pattern, at + pattern.length)) count++;
  return count;
}
