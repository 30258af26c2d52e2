// Writing: data to text by templates in English and Chinese, every value traced to its cell; variants; rewording that keeps the facts.
export { chooseVariant, type VariantOutcome, type VariantReport, variantReport } from "./bandit.ts";
export type { FieldValue } from "./expression.ts";
export { type Reworded, type RewordOptions, reword } from "./rewording.ts";
export { shippedTemplate, shippedTemplates, templateSource } from "./shipped.ts";
export { longestText, Template, type TemplateOptions, type WriteOptions, type WritingRow, type WrittenText } from "./template.ts";
export { chineseNumber, plural, type WritingLanguage } from "./wording.ts";
export type { TracePiece } from "./writer.ts";
