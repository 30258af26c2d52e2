// Templates that come with the library, by name and language. Knows no files.
import { InkstoneError, meant } from "../../core/index.ts";
import { Template } from "./template.ts";
import { chineseTemplates } from "./templates/chinese.ts";
import { englishTemplates } from "./templates/english.ts";
import type { WritingLanguage } from "./wording.ts";

/** Names of the shipped templates. */
export const shippedTemplates: readonly string[] = Object.keys(englishTemplates);

/**
 * A shipped template. Errors: E_OPTION for a name that there is not.
 *
 * @example
 * shippedTemplate("match", "zh").write({ home: "国安", away: "申花", homeGoals: 2, awayGoals: 1 }).text.includes("2比1"); // true
 * shippedTemplate("wether"); // throws E_OPTION
 */
export function shippedTemplate(name: string, language: WritingLanguage = "en"): Template {
  return Template.parse(templateSource(name, language), { name });
}

/**
 * The source of a shipped template, to begin one's own with. Errors: E_OPTION for a name that there is not.
 *
 * @example
 * templateSource("match").includes("{home"); // true
 */
export function templateSource(name: string, language: WritingLanguage = "en"): string {
  const from = language === "zh" ? chineseTemplates : englishTemplates;
  if (!Object.hasOwn(from, name)) {
    const near = meant(name, shippedTemplates);
    const list = shippedTemplates.join(", ");
    throw new InkstoneError("E_OPTION", {
      option: "template",
      value: name,
      allowed: { en: near === undefined ? list : `${list} (did you mean "${near}"?)`, zh: list },
    });
  }
  return from[name];
}
