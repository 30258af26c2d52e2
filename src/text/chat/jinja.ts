// The parts of @huggingface/jinja that are used here, with their types: its own declarations do not resolve under Node's module rules.
import * as library from "@huggingface/jinja";

/** A value of a running template: `type` is "StringValue", "ArrayValue", … */
export interface Value {
  readonly type: string;
  readonly value: unknown;
}

/** A node of a parsed template. */
export interface Node {
  readonly type: string;
  readonly [part: string]: unknown;
}

/** Variables of a scope. */
export interface Environment {
  set(name: string, value: unknown): Value;
  lookupVariable(name: string): Value;
}

/** Walks a parsed template. */
export interface Interpreter {
  run(program: Node): Value;
  evaluate(node: Node | undefined, environment: Environment): Value;
}

/** A token of a template's source. */
export interface Token {
  readonly type: string;
  readonly value: string;
}

interface Library {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (environment: Environment) => Interpreter;
  readonly Template: new (source: string) => { readonly parsed: Node };
  readonly tokenize: (source: string, options?: { lstrip_blocks: boolean; trim_blocks: boolean }) => Token[];
  readonly parse: (tokens: readonly Token[]) => Node;
}

/** The library. */
export const jinja: Library = library as unknown as Library;
