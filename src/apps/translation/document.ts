// A document translated sentence by sentence, its layout kept; what failed is marked and listed with its place. Knows no verb.

import { InkstoneError, type Language } from "../../core/index.ts";
import { dataKind, wholeText } from "../../data/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import type { TextTranslator } from "../../generate/index.ts";
import type { Audit } from "../../store/index.ts";
import { markdownStretches, plainStretches, refilled } from "./layout.ts";
import { type TranslatedSentence, type TranslateOptions, translateSentences } from "./sentences.ts";
import { WordFile, withBetween } from "./word-file.ts";

/** How a document is translated. */
export interface TranslateDocumentOptions extends TranslateOptions {
  /** Where it goes; nothing is written without it. */
  readonly output?: string;
  /** Set before a sentence that failed its checks. Default "⚠ "; "" marks none in the text. */
  readonly mark?: string;
  /** Whether the document says that a machine translated it, in words and, for Markdown, in a comment. Default true. */
  readonly label?: boolean;
  /** What was done is kept there: model, direction, counts; no text. */
  readonly audit?: { readonly log: Audit; readonly subject?: string };
}

/** A document that was translated. */
export interface TranslatedDocument {
  /** Of text and Markdown; undefined for DOCX. */
  readonly text: string | undefined;
  readonly sentences: readonly TranslatedSentence[];
  /** Sentences that failed their checks. */
  readonly failed: number;
  /** Mean of the sentences, by their length. */
  readonly confidence: number;
}

const labels: Readonly<Record<Language, string>> = {
  en: "Translated by an AI model; sentences marked ⚠ did not pass their checks.",
  zh: "本文由人工智能翻译；标有 ⚠ 的句子未通过核对。",
};

/**
 * The label of a translation, in the language that it is in (English where there is none).
 *
 * @example
 * translationLabel("zh-CN"); // "本文由人工智能翻译；标有 ⚠ 的句子未通过核对。"
 */
export const translationLabel = (to: string): string => labels[to.startsWith("zh") ? "zh" : "en"];

/**
 * Translates a text, Markdown or DOCX file.
 *
 * Errors: E_DATA_KIND for other files, E_INPUT_EMPTY, those of reading, of `translateSentences` and of writing.
 *
 * @example
 * await writeFile("day.md", "# Good day\n\nGood day.\n");
 * const words: Record<string, string> = { "Good day": "你好", "Good day.": "你好。" };
 * const translator = { information: { name: "toy" }, translate: async (texts: readonly string[]) => texts.map((text) => words[text]), close: async () => undefined };
 * (await translateDocument(translator, "day.md", { to: "zh", label: false })).text; // "# 你好\n\n你好。\n"
 */
export async function translateDocument(translator: TextTranslator, path: string, options: TranslateDocumentOptions): Promise<TranslatedDocument> {
  const began = performance.now();
  const kind = dataKind(path);
  if (kind !== "text" && kind !== "markdown" && kind !== "docx")
    throw new InkstoneError("E_OPTION", {
      option: "file",
      value: path.replace(/^.*[\\/]/, ""),
      allowed: { en: "text (.txt), Markdown (.md) or DOCX", zh: "文本（.txt）、Markdown（.md）或 DOCX" },
    });
  const done = kind === "docx" ? await wordDocument(translator, path, options) : await textDocument(translator, path, kind === "markdown", options);
  const { log, subject = "" } = options.audit ?? {};
  await log?.add({
    subject,
    action: "translate",
    body: {
      model: translator.information.name,
      to: options.to,
      sources: [path.replace(/^.*[\\/]/, "")],
      checks: { sentences: done.sentences.length, failed: done.failed, confidence: done.confidence },
      milliseconds: Math.round(performance.now() - began),
    },
  });
  return done;
}

async function textDocument(
  translator: TextTranslator,
  path: string,
  markdown: boolean,
  options: TranslateDocumentOptions,
): Promise<TranslatedDocument> {
  const { output, mark = "⚠ ", label = true, signal } = options;
  const text = await wholeText(path, { signal });
  const stretches = markdown ? markdownStretches(text) : plainStretches(text);
  if (stretches.length === 0) throw new InkstoneError("E_INPUT_EMPTY", { what: [path] });
  const sentences = await translateSentences(
    translator,
    stretches.map(({ start, end }) => text.slice(start, end)),
    options,
  );
  const targets = sentences.map(({ target, source, failed }) => (failed ? `${mark}${target === "" ? source : target}` : target));
  const body = refilled(text, stretches, targets);
  const said = translationLabel(options.to);
  const labelled = label
    ? `${body.replace(/\n*$/, "\n")}\n${markdown ? `<!-- ai-generated: ${translator.information.name} -->\n\n*${said}*` : said}\n`
    : body;
  if (output !== undefined) await writeFileDurably(output, labelled);
  return summed(labelled, sentences);
}

async function wordDocument(translator: TextTranslator, path: string, options: TranslateDocumentOptions): Promise<TranslatedDocument> {
  const { output, mark = "⚠ ", label = true } = options;
  const file = await WordFile.open(path);
  const parts = file.texts.map(withBetween);
  const sources = parts.flatMap((list) => list.filter((_, i) => i % 2 === 1));
  if (sources.length === 0) throw new InkstoneError("E_INPUT_EMPTY", { what: [path] });
  const sentences = await translateSentences(translator, sources, options);
  let at = 0;
  const texts = parts.map((list) =>
    list
      .map((part, i) => {
        if (i % 2 === 0) return i > 0 && part === " " && options.to.startsWith("zh") && /[。！？]$/.test(sentences[at - 1].target) ? "" : part;
        const { target, source, failed } = sentences[at++];
        return failed ? `${mark}${target === "" ? source : target}` : target;
      })
      .join(""),
  );
  if (label) {
    const last = texts.findLastIndex((text) => /\p{L}/u.test(text));
    if (last >= 0) texts[last] = `${texts[last]} (${translationLabel(options.to)})`;
  }
  if (output !== undefined) await writeFileDurably(output, file.with(texts));
  return summed(undefined, sentences);
}

function summed(text: string | undefined, sentences: readonly TranslatedSentence[]): TranslatedDocument {
  const weight = sentences.reduce((sum, { source }) => sum + source.length, 0);
  const confidence = sentences.reduce((sum, { source, confidence: one }) => sum + source.length * one, 0) / (weight || 1);
  return { text, sentences, failed: sentences.filter(({ failed }) => failed).length, confidence: Math.round(confidence * 1000) / 1000 };
}
