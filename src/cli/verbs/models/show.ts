// inkstone show MODEL: what a model file is, without loading it.
import { basename } from "node:path";
import { type CatalogueEntry, entryOf, type ModelUse, resolveModel, useOf } from "../../../hub/index.ts";
import { describeModel, type ModelDescription } from "../../../models/index.ts";
import type { Words } from "../../language.ts";
import { isRun, ofRun, pullReporter } from "../../model.ts";
import { jsonOption, type Say } from "../../options.ts";
import { ProgressLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `show`. Errors: those of `resolveModel` and `describeModel`. */
export const verb: Verb = {
  name: "show",
  define(command, say, around) {
    command
      .summary(say({ en: "say what a model is", zh: "查看模型信息" }))
      .description(
        say({
          en: "Architecture, parameters, types of its tensors, context, special tokens, template, languages, licence and digest of a model file.",
          zh: "模型文件的架构、参数量、张量类型、上下文长度、特殊词元、对话模板、语言、许可证与校验值。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a catalogue name, a hub name, a .gguf file, or a folder with config.json",
          zh: "内置模型名、hub 名、.gguf 文件或含 config.json 的文件夹",
        }),
      )
      .addOption(jsonOption(say))
      .action(async (reference: string, { json }: { json?: boolean }) => {
        const { errors, output, signals } = around;
        const line = new ProgressLine(errors);
        try {
          const { path, name: found } = await resolveModel(await ofRun(reference), {
            signal: signals.signal,
            onProgress: pullReporter(line, around),
          });
          const name = isRun(reference) ? basename(reference) : found;
          const entry = entryOf(reference);
          const facts = withEntry(await describeModel(path, { signal: signals.signal, config: entry?.encoder?.config }), entry);
          line.end();
          output.write(json ? `${JSON.stringify({ name, path, ...facts })}\n` : written(name, path, facts, say));
        } finally {
          line.end();
        }
      });
  },
};

/** What a file says of itself, and what it leaves unsaid by the catalogue. */
interface Facts extends ModelDescription {
  /** Of a model of the catalogue: what it is for. */
  readonly use?: ModelUse;
}

function withEntry(described: ModelDescription, entry: CatalogueEntry | undefined): Facts {
  if (entry === undefined) return described;
  const { title = entry.title, license = entry.license, languages } = described;
  return { ...described, title, license, languages: languages.length === 0 ? entry.languages : languages, use: useOf(entry) };
}

const uses: Readonly<Record<ModelUse, Words>> = {
  chat: { en: "writing text", zh: "生成文本" },
  embed: { en: "vectors of texts", zh: "文本向量" },
  rerank: { en: "ranking passages", zh: "段落排序" },
  speech: { en: "speech into text", zh: "语音转写" },
  translation: { en: "translation", zh: "翻译" },
  words: { en: "Chinese words", zh: "中文分词" },
};

function written(name: string, path: string, facts: Facts, say: Say): string {
  const none = say({ en: "not said", zh: "未注明" });
  const rows: readonly (readonly [string, string])[] = [
    [say({ en: "model", zh: "模型" }), facts.title === undefined ? name : `${name} (${facts.title})`],
    ...(facts.use === undefined ? [] : [[say({ en: "for", zh: "用途" }), say(uses[facts.use])] as const]),
    [say({ en: "file", zh: "文件" }), path],
    [say({ en: "architecture", zh: "架构" }), facts.architecture === "?" ? none : facts.architecture],
    [say({ en: "parameters", zh: "参数量" }), facts.parameters.toLocaleString("en")],
    [say({ en: "bytes", zh: "字节" }), facts.bytes.toLocaleString("en")],
    [say({ en: "context", zh: "上下文长度" }), facts.contextLength?.toLocaleString("en") ?? none],
    [say({ en: "vocabulary", zh: "词表大小" }), facts.vocabularySize?.toLocaleString("en") ?? none],
    [say({ en: "types", zh: "张量类型" }), facts.types.map(({ type, tensors }) => `${type} × ${tensors}`).join(", ")],
    [
      say({ en: "special tokens", zh: "特殊词元" }),
      Object.entries(facts.specialTokens)
        .map(([use, id]) => `${use} ${id}`)
        .join(", ") || none,
    ],
    [say({ en: "chat template", zh: "对话模板" }), facts.chatTemplate === undefined ? none : say({ en: "yes", zh: "有" })],
    [say({ en: "languages", zh: "语言" }), facts.languages.join(", ") || none],
    [say({ en: "licence", zh: "许可证" }), facts.license ?? none],
    ["SHA-256", facts.sha256],
  ];
  return rows.map(([label, value]) => `${label}: ${value}\n`).join("");
}
