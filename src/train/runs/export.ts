// A run as a Hub directory that Python's transformers opens: config.json, model.safetensors, tokenizer. Opened again and compared before it is handed out.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { aText, InkstoneError, type Rules, readOptions } from "../../core/index.ts";
import { openSafetensors, readTextFile, type SafetensorsContent, safetensorsPieces, writeFolderDurably } from "../../formats/index.ts";
import { Bert, Gpt, Llama, TransformerEncoderDecoder } from "../../models/index.ts";
import { chatTemplateOf } from "../../text/index.ts";
import type { TextCoder } from "../recipe/coder.ts";
import { pairTokenizer } from "../recipe/pair-tokenizer.ts";
import { pairIds } from "../recipe/pairs.ts";
import { bertFiles, gptFiles, type HubFiles, llamaFiles, marianFiles } from "./export-weights.ts";
import { type OpenedRun, openRun } from "./open-run.ts";
import { RunFolder, runFiles } from "./run-folder.ts";

/** What goes with an export. */
export interface ExportOptions {
  /** For gpt2 and llama: how chats are written, "chatml" or a template in Jinja. Default: none, the model writes on behind a text. */
  readonly chatTemplate?: string;
}

const rules: Rules<ExportOptions> = { chatTemplate: aText };

/**
 * Writes the best weights of a run as a directory that `transformers` opens with the same logits: GPT-2 (biases that the model does not have are zeros) and Llama by AutoModelForCausalLM, BERT
 * by AutoModelForMaskedLM, encoder-decoders as Marian by AutoModelForSeq2SeqLM. The run's tokenizer.json goes with it, and a chat template where one is given.
 *
 * Errors: `E_RUN_FOLDER` for an architecture that has no such form, or whose tokenizer has no tokens for the marks of a named template; those of `chatTemplateOf`; `E_MODEL_WEIGHTS` where a weight did not come back as it was written; those of durable writes.
 *
 * @example
 * await writeFile("words.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "words.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, budget: { steps: 2 } });
 * await trainRun(recipe, { output: "words" });
 * await exportRun(await openRun("words"), "words-hub");
 * (await openSafetensors("words-hub/model.safetensors")).tensors.get("transformer.h.0.attn.c_attn.weight")?.shape; // [8, 24]
 */
export async function exportRun(run: OpenedRun, path: string, options: ExportOptions = {}): Promise<void> {
  const { recipe, coder, checkpoint } = run;
  const chat = chatOf(run, readOptions("exportRun", options, rules).chatTemplate);
  const { config, weights } = filesOf(run);
  const pairs = run.model instanceof TransformerEncoderDecoder ? pairTokenizer(coder.json) : undefined;
  const { end, mask } = pairs ? { end: undefined, mask: undefined } : coder;
  const tokenizer = {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: recipe.model.contextLength,
    clean_up_tokenization_spaces: false,
    ...(end === undefined ? {} : { eos_token: textOf(coder, end) }),
    ...(mask === undefined ? {} : { mask_token: textOf(coder, mask) }),
    ...(chat === undefined ? {} : { ...(chat.end === undefined ? {} : { eos_token: chat.end.text }), chat_template: chat.source }),
    ...(pairs ? { pad_token: pairs.tokens[0], bos_token: pairs.tokens[1], eos_token: pairs.tokens[2] } : {}),
  };
  const ends = [chat?.end?.id, end].filter((id) => id !== undefined);
  const content = new Map<string, string | Iterable<Uint8Array>>([
    ["config.json", json({ bos_token_id: null, eos_token_id: end ?? null, ...config, torch_dtype: "float32" })],
    ["model.safetensors", safetensorsPieces(weights, { format: "pt" })],
    ["tokenizer.json", pairs?.json ?? coder.json],
    [TRAINED, json({ formatVersion: 1, run: recipe.name, step: checkpoint.step })],
    ["tokenizer_config.json", json(tokenizer)],
    [
      "generation_config.json",
      json(
        pairs
          ? generationOf(config)
          : { do_sample: true, temperature: 0.8, ...(ends.length === 0 ? {} : { eos_token_id: ends.length > 1 ? ends : ends[0] }) },
      ),
    ],
  ]);
  await writeFolderDurably(path, content, { checksums: true });
  await compare(weights, `${path}/model.safetensors`);
}

/** Beams of an encoder-decoder where nothing is said. */
const BEAMS = 4;

/** In an export: which run it is of, and which step. */
const TRAINED = "trained.json";

/**
 * The model of a run for whatever opens models: its export, kept in the folder "hub" within the run and made anew where there is a better checkpoint by now. Undefined where the path is no run.
 *
 * Errors: those of `openRun` and `exportRun`.
 *
 * @example
 * await modelOfRun("no-run"); // undefined
 */
export async function modelOfRun(path: string): Promise<string | undefined> {
  const folder = new RunFolder(path);
  if (!existsSync(folder.at(runFiles.recipe)) || !existsSync(folder.at("checkpoints"))) return undefined;
  const run = await openRun(path);
  const hub = folder.at("hub");
  const there = await readTextFile(join(hub, TRAINED)).catch(() => "{}");
  if ((JSON.parse(there) as { step?: number }).step !== run.checkpoint.step) await exportRun(run, hub);
  run.model.dispose();
  return hub;
}

const generationOf = ({
  num_beams,
  max_position_embeddings,
  pad_token_id,
  decoder_start_token_id,
  eos_token_id,
  bad_words_ids,
}: HubFiles["config"]) => ({
  ...{ num_beams, max_length: max_position_embeddings, pad_token_id, decoder_start_token_id, eos_token_id, bad_words_ids },
});

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

// The special tokens, as the file has them.
function specialTokens({ json: file }: TextCoder): readonly { readonly id: number; readonly content: string }[] {
  const { added_tokens: added } = JSON.parse(file) as { added_tokens?: { id: number; content: string }[] };
  return added ?? [];
}

const textOf = (coder: TextCoder, id: number): string | undefined => specialTokens(coder).find((one) => one.id === id)?.content;

interface Chat {
  readonly source: string;
  /** The token that ends a message, where the template is one that says so. */
  readonly end?: { readonly id: number; readonly text: string };
}

function chatOf({ path, recipe, model, coder }: OpenedRun, given: string | undefined): Chat | undefined {
  if (given === undefined) return undefined;
  if (!(model instanceof Gpt || model instanceof Llama)) {
    const { architecture } = recipe.model;
    const allowed = { en: `none for ${architecture}: it does not write on behind a text`, zh: `${architecture} 不支持：它不会接着文本往下写` };
    throw new InkstoneError("E_OPTION", { option: "chatTemplate", value: given, allowed });
  }
  const { source, marks } = chatTemplateOf(given);
  if (marks === undefined) return { source };
  const tokens = specialTokens(coder);
  const lacking = marks.filter((mark) => !tokens.some(({ content }) => content === mark));
  const [, text] = marks;
  const id = tokens.find(({ content }) => content === text)?.id;
  if (lacking.length === 0 && id !== undefined) return { source, end: { id, text } };
  const special = ["<|endoftext|>", ...marks].map((mark) => `"${mark}"`).join(", ");
  const why = {
    en: `its tokenizer has no token ${lacking.join(", ")}, which ${given} writes: train with tokenizer.train.special = [${special}]`,
    zh: `它的分词器没有 ${given} 所用的词元 ${lacking.join("、")}：请以 tokenizer.train.special = [${special}] 重新训练`,
  };
  throw new InkstoneError("E_RUN_FOLDER", { run: path, why });
}

function filesOf({ path, recipe, model }: OpenedRun): HubFiles {
  if (model instanceof Gpt) return gptFiles(model);
  if (model instanceof Llama) return llamaFiles(model);
  if (model instanceof Bert) return bertFiles(model);
  if (model instanceof TransformerEncoderDecoder) return marianFiles(model, { ...pairIds, beams: BEAMS });
  const why = {
    en: `${recipe.model.architecture} has no form that other programs open; \`inkstone runs sample\` writes with it`,
    zh: `${recipe.model.architecture} 没有其他程序可打开的形式；可用 \`inkstone runs sample\` 让它生成文本`,
  };
  throw new InkstoneError("E_RUN_FOLDER", { run: path, why });
}

async function compare(entries: readonly SafetensorsContent[], path: string): Promise<void> {
  const file = await openSafetensors(path);
  try {
    for (const { name, values } of entries) {
      const [back, made] = [file.values(name), values as Float32Array];
      if (back.length === made.length && made.every((value, i) => value === back[i])) continue;
      throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why: { en: "it did not come back as it was written", zh: "读回的值与写入的不同" } });
    }
  } finally {
    file.close();
  }
}
