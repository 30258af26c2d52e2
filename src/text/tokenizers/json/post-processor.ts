// The post-processor of a tokenizer.json as a template: what stands around texts. Knows no vocabulary but the ids that it names.
import { InkstoneError } from "../../../core/index.ts";
import { bertTemplate, plainTemplate, type Template, type TemplatePart } from "../template.ts";
import { inWords, isPlain, type Plain } from "./value.ts";

function invalid(where: string): never {
  throw new InkstoneError("E_TOKENIZER_INVALID", { where, why: { en: "it is not what it should be", zh: "格式不正确" } });
}

function templateParts(value: unknown, tokens: unknown, where: string): TemplatePart[] {
  if (!Array.isArray(value)) return invalid(where);
  return value.flatMap((part: unknown): TemplatePart[] => {
    const { Sequence: sequence, SpecialToken: special } = isPlain(part) ? part : {};
    if (isPlain(sequence)) return [{ text: sequence.id === "B" ? 1 : 0, type: Number(sequence.type_id) || 0 }];
    if (!isPlain(special) || typeof special.id !== "string" || !isPlain(tokens)) return invalid(where);
    const entry = tokens[special.id];
    const ids = isPlain(entry) && Array.isArray(entry.ids) ? entry.ids : invalid(`${where}: ${special.id}`);
    return ids.map((id) => ({ id: Number(id), type: Number(special.type_id) || 0 }));
  });
}

function idOf(value: unknown, where: string): number {
  const id = Array.isArray(value) ? value[1] : undefined;
  return typeof id === "number" ? id : invalid(where);
}

function processor(value: Plain): Template {
  const { type } = value;
  if (type === "TemplateProcessing") {
    const { single, pair, special_tokens: tokens } = value;
    return {
      single: templateParts(single, tokens, "post_processor.single"),
      pair: templateParts(pair ?? single, tokens, "post_processor.pair"),
    };
  }
  if (type === "ByteLevel") return plainTemplate;
  if (type !== "BertProcessing" && type !== "RobertaProcessing") {
    const supported = "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel";
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "post_processor", got: inWords(type), supported });
  }
  const [cls, sep] = [idOf(value.cls, "post_processor.cls"), idOf(value.sep, "post_processor.sep")];
  if (type === "BertProcessing") return bertTemplate(cls, sep);
  const [open, close] = [cls, sep].map((id) => ({ id, type: 0 }));
  const [a, b] = ([0, 1] as const).map((text) => ({ text, type: 0 }));
  return { single: [open, a, close], pair: [open, a, close, close, b, close] };
}

/** The template of a file; of a sequence, the last that adds something. Errors: `E_TOKENIZER_KIND`, `E_TOKENIZER_INVALID`. */
export function templateOfJson(value: unknown): Template {
  if (value === undefined || value === null) return plainTemplate;
  if (!isPlain(value)) return invalid("post_processor");
  if (value.type !== "Sequence") return processor(value);
  const parts = Array.isArray(value.processors) ? value.processors.filter(isPlain).map(processor) : [];
  return parts.findLast((part) => part !== plainTemplate) ?? plainTemplate;
}
