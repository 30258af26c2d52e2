// Grammars of tool calls, as a family writes them. Knows no model; tokens only by number.
import { type Grammar, WHITE_SPACE } from "../constrain/format.ts";
import type { CheckedTool, CheckedTools } from "./check.ts";
import type { ToolFamily } from "./family.ts";

/** The number of the control token with this text; undefined where it is ordinary text. */
export type ControlOf = (text: string) => number | undefined;

interface Parts {
  readonly family: ToolFamily;
  readonly tools: readonly CheckedTool[];
  readonly several: boolean;
  readonly control: ControlOf;
}

const guided = { "x-guidance": { whitespace_flexible: true, whitespace_pattern: WHITE_SPACE } };

// References are from the root of the tool's own schema, which stands inside another here.
function rebased(schema: unknown, root: string): unknown {
  if (Array.isArray(schema)) return schema.map((one) => rebased(one, root));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, part]) => [
      name,
      name === "$ref" && typeof part === "string" ? `${root}${part.slice(1)}` : name === "const" || name === "enum" ? part : rebased(part, root),
    ]),
  );
}

function callSchemas({ tools, family }: Parts): { readonly $defs: object; readonly one: object } {
  const $defs = Object.fromEntries(tools.map(({ enforced }, i) => [`tool${i}`, rebased(enforced, `#/$defs/tool${i}`)]));
  const calls = tools.map(({ name }, i) => ({
    type: "object",
    properties: { name: { const: name }, [family.arguments]: { $ref: `#/$defs/tool${i}` } },
    required: ["name", family.arguments],
    additionalProperties: false,
  }));
  return { $defs, one: calls.length === 1 ? calls[0] : { anyOf: calls } };
}

function literal(text: string, control: ControlOf): string {
  const id = control(text);
  return id === undefined ? JSON.stringify(text) : `<[${id}]>`;
}

// One call, or the list of all, without the mark before it.
function body(parts: Parts): string[] {
  const { family, tools, several, control } = parts;
  if (family.between !== undefined) {
    const named = tools.map(({ name }, i) => `${JSON.stringify(name)} ${literal(family.between as string, control)} arguments${i}`);
    return [
      `body: ${named.join(" | ")}`,
      ...tools.map(({ enforced }, i) => `arguments${i}: %json ${JSON.stringify({ ...(enforced as object), ...guided })}`),
    ];
  }
  const { $defs, one } = callSchemas(parts);
  const list = { type: "array", items: one, minItems: 1, ...(several ? {} : { maxItems: 1 }) };
  return [`body: %json ${JSON.stringify({ ...guided, $defs, ...(family.list ? list : one) })}`];
}

/**
 * The grammar of calls. `behind`: of what comes behind the first mark. `otherwise`: JSON that may come instead of calls.
 */
export function toolGrammar(
  family: ToolFamily,
  { tools, choice, parallel }: CheckedTools,
  control: ControlOf,
  { behind = false, otherwise }: { readonly behind?: boolean; readonly otherwise?: Grammar } = {},
): Grammar {
  const chosen = typeof choice === "object" ? tools.filter(({ name }) => name === choice.name) : tools;
  const several = parallel && typeof choice !== "object" && family.unmarked !== true;
  const begin = family.unmarked === true ? "" : literal(family.begins[0], control);
  const end = family.end === undefined ? "" : ` ws? ${literal(family.end, control)}`;
  const rest = `ws? body${end}`;
  const more = several && !family.list ? ` (ws? ${begin} ${rest})*` : "";
  const calls = behind ? `${rest}${more}` : `${begin} ${rest}${more}`;
  const lines = [
    `start: calls${otherwise === undefined ? "" : " | otherwise"}`,
    `calls: ${calls}`,
    "ws: /[ \\n]{1,4}/",
    ...body({ family, tools: chosen, several, control }),
    ...(otherwise === undefined ? [] : [`otherwise: %json ${otherwise.text}`]),
  ];
  return { kind: "lark", text: lines.join("\n") };
}
