// Tasks of models that write: text that goes on, summaries, translations. Knows no models' insides.
import { isEncoder, isTranslator, LanguageModel, Translator } from "../../generate/index.ts";
import { SequenceToSequence } from "../sequence-to-sequence/sequence-to-sequence.ts";
import { cannot, isFolder, type PipelineTask, type Signal, type Worker } from "./tasks.ts";

async function decoder(task: PipelineTask, model: string): Promise<LanguageModel> {
  if (await isEncoder(model)) throw cannot(task, model, "it reads texts and writes none", "它只读取文本，不生成文本");
  return LanguageModel.open(model);
}

/** Opens a model for `text-generation`. */
export async function textGeneration(model: string): Promise<Worker<"text-generation">> {
  const generator = await decoder("text-generation", model);
  return {
    async run(prompt, { maxNewTokens, ...options }) {
      const { text } = await generator.generate(prompt, { ...options, ...(maxNewTokens === undefined ? {} : { maxTokens: maxNewTokens }) });
      return [{ generated_text: prompt + text }];
    },
    close: () => generator.close(),
  };
}

// A model of two texts writes the short one; a chat model is asked for it.
/** Opens a model for `summarization`. */
export async function summarization(model: string): Promise<Worker<"summarization">> {
  if (await isFolder(model)) {
    const written = await sequence("summarization", model);
    return { run: async (text, { signal }) => [{ summary_text: await written.run(text, signal) }], close: written.close };
  }
  const generator = await decoder("summarization", model);
  return {
    async run(text, { maxNewTokens = 128, signal }) {
      const asked = [{ role: "user" as const, content: `Summarize in two sentences:\n\n${text}` }];
      const { text: summary } = await generator.generate(asked, { maxTokens: maxNewTokens, signal });
      return [{ summary_text: summary.trim() }];
    },
    close: () => generator.close(),
  };
}

/** Opens a model for `translation`. */
export async function translation(model: string): Promise<Worker<"translation">> {
  const written = await sequence("translation", model);
  return { run: async (text, { signal }: Signal) => [{ translation_text: await written.run(text, signal) }], close: written.close };
}

interface Sequence {
  run(text: string, signal: AbortSignal | undefined): Promise<string>;
  close(): Promise<void>;
}

// Text to text: a translator of the catalogue, of the hub or of a run; else what this package saves.
async function sequence(task: PipelineTask, model: string): Promise<Sequence> {
  if (await isTranslator(model)) {
    const translator = await Translator.open(model);
    return {
      run: async (text, signal) => (await translator.translate([text], { signal }))[0],
      close: () => translator.close(),
    };
  }
  if (await isEncoder(model)) throw cannot(task, model, "it reads texts and writes none", "它只读取文本，不生成文本");
  const loaded = await SequenceToSequence.load(model);
  return {
    run: (text, signal) => loaded.predict(text, { signal }),
    close: async () => undefined,
  };
}
