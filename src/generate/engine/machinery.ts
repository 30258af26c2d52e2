// From a model file to what an engine works with: executor, tokenizer, model, sequences, chat template. Knows no requests.
import { InkstoneError, refuseOption } from "../../core/index.ts";
import { type GgufFile, type HubFolder, openModelFile } from "../../formats/index.ts";
import { type CausalModel, loadModel } from "../../models/index.ts";
import { CONTROL_CANCEL, type Executor, openExecutor, type Precision } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { ChatTemplate, chatTemplateOfFolder, loadTokenizer, type Tokenizer, tokenizerFromGguf } from "../../text/index.ts";
import { Constraints } from "../constrain/constraint.ts";
import type { ModelInformation } from "../types.ts";
import { type Adapters, openAdapters } from "./adapters.ts";
import { type FileFacts, fileFacts } from "./file-facts.ts";
import type { CallOf, PlainLoadOptions } from "./protocol.ts";
import { Slots } from "./slots.ts";

/** Longest context where none is asked for. */
const USUAL_CONTEXT = 8192;
const SLOTS = 4;

// On the reference kernels int8 saves no time, and what it costs in accuracy shows: in "fast" they called the capital of France "L'Étoile".
const usualPrecision = (executor: Executor): Precision => (executor.name === "reference" ? "exact" : "fast");

/** What answers run on. */
export interface Machinery {
  readonly model: CausalModel;
  readonly tokenizer: Tokenizer;
  readonly slots: Slots;
  readonly adapters: Adapters;
  /** Makes what holds an answer to a form. */
  readonly constraints: Constraints;
  /** The chat template, undefined where the file has none. Errors: `E_TEMPLATE_SYNTAX`: text prompts go on without it. */
  readonly template: () => ChatTemplate | undefined;
  readonly information: ModelInformation;
  readonly dispose: () => void;
}

/** How far a load has come, and whether it is still wanted. */
export interface LoadWatch {
  readonly control: Int32Array;
  readonly onProgress: (fraction: number) => void;
}

/** Opens what a load asks for. Errors: `E_CANCELLED`; those of the executor, the file, the tokenizer and the model. */
export type OpenMachinery = (call: CallOf<"load">, watch: LoadWatch) => Promise<Machinery>;

/** From a GGUF file, or a folder as the hub has it. */
export const openMachinery: OpenMachinery = async (call, watch) => {
  const began = performance.now();
  const { executor: kind, tier, threads } = call.options;
  const executor = openExecutor({ executor: kind, tier, threads });
  const file = await openModelFile(call.path);
  const made: { dispose(): void }[] = [];
  try {
    const { tokenizer, source } = await textSide(file, call.path, executor);
    made.push(tokenizer);
    const adapters = await openAdapters(call.options);
    const model = await openModel(file, executor, { ...call.options, read: adapters.read }, watch);
    made.push(model);
    const sequences = model.openSequences(call.options.slots ?? SLOTS, fittingContext(model, call.options.contextLength));
    const constraints = new Constraints(executor, tokenizer);
    made.push(constraints);
    const facts = fileFacts(file, tokenizer, source);
    const information = inform(call, model, adapters, { executor, contextLength: sequences[0].capacity, began, facts });
    const template = lazyTemplate(source);
    return {
      model,
      tokenizer,
      adapters,
      template,
      constraints,
      slots: new Slots(sequences, (from, to, length) => model.share(from, to, length)),
      information,
      dispose: () => disposeAll(made),
    };
  } catch (error) {
    disposeAll(made);
    throw error;
  } finally {
    file.close();
  }
};

async function textSide(file: GgufFile | HubFolder, path: string, executor: Executor): Promise<{ tokenizer: Tokenizer; source: string | undefined }> {
  if ("metadata" in file) {
    return { tokenizer: tokenizerFromGguf(file.metadata, executor), source: file.metadata.stringOr("tokenizer.chat_template", undefined) };
  }
  const source = chatTemplateOfFolder(path);
  return { tokenizer: await loadTokenizer(path, executor), source };
}

const disposeAll = (made: readonly { dispose(): void }[]) => {
  for (const each of made) each.dispose();
};

function openModel(
  file: GgufFile | HubFolder,
  executor: Executor,
  options: PlainLoadOptions & { readonly read: Adapters["read"] },
  { control, onProgress }: LoadWatch,
): Promise<CausalModel> {
  const cancelled = new AbortController();
  return loadModel(file, cpu(executor), {
    precision: options.precision ?? usualPrecision(executor),
    contextLength: options.contextLength ?? USUAL_CONTEXT,
    adapters: options.read,
    signal: cancelled.signal,
    onProgress: (fraction) => {
      onProgress(fraction);
      if (Atomics.load(control, CONTROL_CANCEL) !== 0) cancelled.abort(new InkstoneError("E_CANCELLED", { what: ["load"] }));
    },
  });
}

function fittingContext({ contextLength: longest }: CausalModel, wanted: number | undefined): number {
  if (wanted !== undefined && wanted > longest)
    refuseOption("contextLength", wanted, { en: `up to ${longest}, the longest of this model`, zh: `不超过此模型的上限 ${longest}` });
  return longest;
}

function inform(
  { name, options }: CallOf<"load">,
  model: CausalModel,
  { names }: Adapters,
  { executor, contextLength, began, facts }: { executor: Executor; contextLength: number; began: number; facts: FileFacts },
): ModelInformation {
  const { architecture, parameterCount: parameters, vocabularySize } = model;
  const precision = options.precision ?? usualPrecision(executor);
  const { name: kind, tier, threads } = executor;
  return {
    name,
    architecture,
    parameters,
    contextLength,
    vocabularySize,
    precision,
    executor: kind,
    tier,
    threads,
    ...facts,
    ...(names.length > 0 ? { adapters: names } : {}),
    loadMs: performance.now() - began,
  };
}

// A template is read at the first chat: one that cannot be read does not keep text prompts from working, and costs a start nothing.
function lazyTemplate(source: string | undefined): () => ChatTemplate | undefined {
  let template: ChatTemplate | undefined;
  return () => {
    if (source !== undefined) template ??= new ChatTemplate(source);
    return template;
  };
}
