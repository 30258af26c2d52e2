// Reads the examples of doc blocks out of TypeScript sources, and makes each a module that runs and compares. Knows no tests.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../support/processes.ts";

/** One example. */
export interface ExampleBlock {
  /** Source file, from the root. */
  readonly file: string;
  readonly line: number;
  readonly code: readonly string[];
}

/** Files of TypeScript below a folder of the root, from the root. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** The examples of a text of TypeScript: what follows `@example` up to the next tag or the end of the block. */
export function exampleBlocks(file: string, text: string): ExampleBlock[] {
  const blocks: ExampleBlock[] = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    if (!/^\s*\* @example\s*$/.test(line)) continue;
    const end = lines.findIndex((other, j) => j > i && /^\s*\*(\/| @)/.test(other));
    blocks.push({ file, line: i + 1, code: lines.slice(i + 1, end).map((one) => one.replace(/^\s*\* ?/, "")) });
  }
  return blocks;
}

/** Every example of src/. */
export function allExamples(): ExampleBlock[] {
  return sourceFiles("src").flatMap((file) => exampleBlocks(file, readFileSync(join(root, file), "utf8")));
}

/** The body of an example as statements: `EXPRESSION; // value` becomes a comparison, `…; // throws CODE` an expected failure. Other comments stay. */
export function comparing(code: readonly string[]): string[] {
  const statements: string[] = [];
  let open = "";
  for (const line of code) {
    open += open === "" ? line : `\n${line}`;
    if (!/(;|\{|\})\s*(\/\/ .*)?$/.test(line)) continue;
    statements.push(statement(open));
    open = "";
  }
  if (open !== "") statements.push(open);
  return statements;
}

// What can be a value: a literal, or a failure. Anything else is a remark.
const literal = /^(?:["'`[{\-\d]|true\b|false\b|null\b|undefined\b|NaN\b|Infinity\b)/;

function statement(text: string): string {
  const [, body, remark] = /^([\s\S]*);\s*\/\/ (.*)$/.exec(text) ?? [];
  if (body === undefined || remark === undefined) return text;
  const thrown = /^throws (E_[A-Z0-9_]+)/.exec(remark)?.[1];
  if (thrown !== undefined) return `await compare.throws(async () => (${body}), ${JSON.stringify(thrown)});`;
  if (!literal.test(remark)) return text;
  const declared = /^(?:const|let) (?:\{ (\w+) \}|\[(\w+)\]|(\w+))(?:: [^=]+)? = /.exec(body);
  const name = declared?.[1] ?? declared?.[2] ?? declared?.[3];
  const said = JSON.stringify(remark);
  if (name !== undefined) return `${body};\ncompare.is(${name}, ${said});`;
  return /^(?:const|let|var|for|if) /.test(body) ? text : `compare.is((${body}), ${said});`;
}

/** Identifiers of a code, those in texts and behind dots left out. */
export function identifiers(code: string): Set<string> {
  const bare = code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""').replace(/\/\/ .*$/gm, "");
  return new Set([...bare.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*/g)].map(([name]) => name));
}
