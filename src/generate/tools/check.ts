// Tools of a request, checked, before a model reads them. Knows no model.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { readSchema } from "../constrain/schema.ts";
import type { JsonSchema, Tool, ToolChoice } from "../types.ts";

/** Most tools of a request, and most bytes of all of them. */
export const toolLimits = { tools: 128, bytes: 262_144 } as const;

/** Tools that a request may use, and how. */
export interface CheckedTools {
  readonly tools: readonly CheckedTool[];
  /** "auto": text or calls; "required": calls; a name: one call of that tool. */
  readonly choice: ToolChoice;
  readonly parallel: boolean;
}

/** A tool whose arguments can be held to their schema, or to that of any object where not every keyword of it can be enforced. */
export interface CheckedTool extends Tool {
  /** As `readSchema` gives it. */
  readonly enforced: unknown;
}

function refuse(place: string, why: Phrase): never {
  throw new InkstoneError("E_TOOLS", { place, why });
}

const fields = ["name", "description", "parameters", "strict"];

function checkTool(tool: unknown, i: number): CheckedTool {
  const place = `tools[${i}]`;
  if (typeof tool !== "object" || tool === null) return refuse(place, { en: "it is no object", zh: "不是对象" });
  const { name, description, parameters, strict } = tool as Partial<Tool>;
  const unknown = Object.keys(tool).find((one) => !fields.includes(one));
  if (unknown !== undefined) return refuse(`${place}.${unknown}`, { en: `a tool has ${fields.join(", ")}`, zh: `工具的字段为 ${fields.join("、")}` });
  if (typeof name !== "string" || !/^[\w.-]{1,64}$/.test(name))
    return refuse(`${place}.name`, { en: "it must be 1 to 64 letters, digits, _, . or -", zh: "必须是 1 到 64 个字母、数字、_、. 或 -" });
  if (description !== undefined && typeof description !== "string") return refuse(`${place}.description`, { en: "it is not a text", zh: "不是文本" });
  if (parameters !== undefined && (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)))
    return refuse(`${place}.parameters`, { en: "it must be a JSON schema of an object", zh: "必须是对象的 JSON 模式" });
  return { ...(tool as Tool), enforced: enforcedOf(parameters, strict === true, place) };
}

// Only strict tools promise their schema: others are held to an object, where there is a keyword in it that cannot be enforced.
function enforcedOf(parameters: JsonSchema | undefined, strict: boolean, place: string): unknown {
  if (parameters === undefined) return { type: "object", additionalProperties: false };
  try {
    return readSchema({ type: "object", ...(parameters as object) });
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_RESPONSE_FORMAT") throw error;
    if (!strict) return { type: "object" };
    const { place: where, why } = error.parameters as { place: string; why: Phrase };
    return refuse(`${place}.parameters${where.replace(/^schema/, "")}`, why);
  }
}

const choices = ["auto", "none", "required"];

/**
 * Checks tools and how they may be used; undefined where none may be.
 *
 * Errors: `E_TOOLS`.
 *
 * @example
 * checkTools([{ name: "time" }], "required", true)?.choice; // "required"
 * checkTools([{ name: "time" }], { name: "tiem" }, true); // throws E_TOOLS
 */
export function checkTools(tools: readonly Tool[] | undefined, choice: ToolChoice = "auto", parallel: boolean = true): CheckedTools | undefined {
  const given = tools ?? [];
  if (!Array.isArray(given) || given.length > toolLimits.tools)
    return refuse("tools", { en: `it must be a list of at most ${toolLimits.tools}`, zh: `必须是最多 ${toolLimits.tools} 项的列表` });
  if (Buffer.byteLength(JSON.stringify(given), "utf8") > toolLimits.bytes)
    return refuse("tools", { en: `they are longer than ${toolLimits.bytes} bytes`, zh: `超过 ${toolLimits.bytes} 字节` });
  const checked = Array.from(given as readonly unknown[], checkTool);
  const names = checked.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) return refuse(`tools[${twice}].name`, { en: "another tool has this name", zh: "与其他工具重名" });
  const isName = typeof choice === "object" && choice !== null;
  if (!isName && !choices.includes(choice))
    return refuse("toolChoice", { en: `it must be ${choices.join(", ")} or { name }`, zh: `必须是 ${choices.join("、")} 或 { name }` });
  if (isName && !names.includes(choice.name))
    return refuse("toolChoice", {
      en: `there is no tool "${String(choice.name).slice(0, 64)}"`,
      zh: `没有名为“${String(choice.name).slice(0, 64)}”的工具`,
    });
  if (choice === "required" && checked.length === 0) return refuse("toolChoice", { en: "there are no tools", zh: "没有提供工具" });
  return choice === "none" || checked.length === 0 ? undefined : { tools: checked, choice, parallel };
}
