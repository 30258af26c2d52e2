// The model that is fine-tuned: its weights, tokenizer and chat template, whatever it comes in. Knows no training.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type GgufFile, type HubFolder, openGguf, openHubFolder } from "../../formats/index.ts";
import { resolveModel } from "../../hub/index.ts";
import { cpu } from "../../tensor/index.ts";
import { ChatTemplate, chatTemplateFromGguf, chatTemplateOfFolder, loadTokenizer, type Tokenizer, tokenizerFromGguf } from "../../text/index.ts";

/** A model that is open. */
export interface BaseModel {
  readonly reference: string;
  readonly path: string;
  readonly file: GgufFile | HubFolder;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  close(): void;
}

/**
 * Opens a model by a path, a folder of the hub, a catalogue or hub name. Errors: those of `resolveModel`, of the container, the tokenizer and the template.
 *
 * @example
 * const model = await openBase("model.gguf");
 * model.template !== undefined; // true
 * model.close();
 */
export async function openBase(reference: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<BaseModel> {
  const folder = resolve(reference);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    const file = await openHubFolder(folder);
    try {
      const tokenizer = await loadTokenizer(folder, cpu().executor);
      return opened({ reference, path: folder, file, tokenizer, template: folderTemplate(folder) });
    } catch (error) {
      file.close();
      throw error;
    }
  }
  const { path } = await resolveModel(reference, { signal });
  if (!path.endsWith(".gguf")) {
    throw new InkstoneError("E_FINETUNE", {
      model: reference,
      why: { en: "it is no decoder (a .gguf file or a folder of the hub)", zh: "它不是解码器（.gguf 文件或 hub 文件夹）" },
    });
  }
  const file = await openGguf(path);
  try {
    const tokenizer = tokenizerFromGguf(file.metadata, cpu().executor);
    const template = file.metadata.has("tokenizer.chat_template") ? chatTemplateFromGguf(file.metadata) : undefined;
    return opened({ reference, path, file, tokenizer, template });
  } catch (error) {
    file.close();
    throw error;
  }
}

function opened(parts: Omit<BaseModel, "close">): BaseModel {
  return {
    ...parts,
    close() {
      parts.tokenizer.dispose();
      parts.file.close();
    },
  };
}

function folderTemplate(folder: string): ChatTemplate | undefined {
  const source = chatTemplateOfFolder(folder);
  return source === undefined ? undefined : new ChatTemplate(source);
}
