// The chat template of a folder as the hub has it. Knows no tokens.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { templateLimits } from "./budget.ts";

/** Most bytes of a tokenizer_config.json: some list a hundred thousand added tokens. */
const MOST_CONFIG = 64 << 20;

/**
 * The source of the chat template of a folder: chat_template.jinja, else `chat_template` of tokenizer_config.json (of several the one called "default"). Undefined where there is none.
 *
 * Errors: `E_TOKENIZER_INVALID` for a tokenizer_config.json that is no JSON; `E_TEMPLATE_BUDGET` for a file that is too long.
 *
 * @example
 * chatTemplateOfFolder("."); // undefined
 */
export function chatTemplateOfFolder(folder: string): string | undefined {
  const own = join(folder, "chat_template.jinja");
  if (existsSync(own)) return textOf(own, templateLimits.sourceBytes);
  const config = join(folder, "tokenizer_config.json");
  if (!existsSync(config)) return undefined;
  const { chat_template: found } = jsonOf(textOf(config, MOST_CONFIG));
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) return undefined;
  const several = found as { name?: unknown; template?: unknown }[];
  const template = (several.find(({ name }) => name === "default") ?? several[0])?.template;
  return typeof template === "string" ? template : undefined;
}

function textOf(path: string, most: number): string {
  const what = { en: "the template itself is too long", zh: "模板本身过长" };
  if (statSync(path).size > most) throw new InkstoneError("E_TEMPLATE_BUDGET", { what, limit: most });
  return readFileSync(path, "utf8");
}

function jsonOf(text: string): { chat_template?: unknown } {
  try {
    return (JSON.parse(text) as { chat_template?: unknown } | null) ?? {};
  } catch (error) {
    throw new InkstoneError(
      "E_TOKENIZER_INVALID",
      { where: "tokenizer_config.json", why: { en: "this is not JSON", zh: "不是 JSON" } },
      { cause: error },
    );
  }
}
