// Chat templates by name, for models that have none of their own yet. Knows no tokens.
import { InkstoneError } from "../../core/index.ts";
import { ChatTemplate } from "./template.ts";

/** A template, and the special tokens that it writes. */
export interface NamedChatTemplate {
  readonly source: string;
  /** Where a message begins and where it ends. */
  readonly marks: readonly [begin: string, end: string];
}

const chatml = [
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}",
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
].join("");

const named: Readonly<Record<string, NamedChatTemplate>> = { chatml: { source: chatml, marks: ["<|im_start|>", "<|im_end|>"] } };

/** Names of templates that there are. */
export const chatTemplateNames: readonly string[] = Object.keys(named);

/**
 * A chat template by its name (`chatml`: roles and texts between <|im_start|> and <|im_end|>), or the source of one, which is parsed. A source has no known marks.
 *
 * Errors: `E_OPTION` for a name that there is not; `E_TEMPLATE_SYNTAX`, `E_TEMPLATE_BUDGET`. Source: OpenAI's ChatML, as transformers wrote it for models without a template.
 *
 * @example
 * const { source } = chatTemplateOf("chatml");
 * new ChatTemplate(source).render([{ role: "user", content: "Ink?" }], { addGenerationPrompt: true }); // "<|im_start|>user\nInk?<|im_end|>\n<|im_start|>assistant\n"
 */
export function chatTemplateOf(given: string): Pick<NamedChatTemplate, "source"> & Partial<NamedChatTemplate> {
  if (Object.hasOwn(named, given)) return named[given];
  if (!given.includes("{"))
    throw new InkstoneError("E_OPTION", {
      option: "chatTemplate",
      value: given,
      allowed: { en: `${chatTemplateNames.join(", ")}, or a template in Jinja`, zh: `${chatTemplateNames.join("、")}，或 Jinja 模板` },
    });
  return { source: new ChatTemplate(given).source };
}
