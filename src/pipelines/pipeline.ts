// One call for a task by the name that Hugging Face gives it: a model in, a function out. Knows no models' insides.
import { stat } from "node:fs/promises";
import { checkOption, InkstoneError, listed, oneOf, softmax } from "../core/index.ts";
import {
  type Classifier,
  EmbeddingModel,
  type EncoderOptions,
  HeadedEncoder,
  isEncoder,
  isTranslator,
  LanguageModel,
  Reranker,
  Translator,
} from "../generate/index.ts";
import { tunedFacts } from "./encoders/folder.ts";
import { SequenceToSequence } from "./sequence-to-sequence/sequence-to-sequence.ts";
import { TextClassifier } from "./text-classifier.ts";
import { ZeroShotClassifier, type ZeroShotOptions } from "./zero-shot.ts";

/** A label of a text. */
export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

/** A word with its tag, or a whole entity. */
export interface TokenLabel {
  /** The tag of a word; of a whole entity its group, without B- and I-. */
  readonly entity: string;
  readonly score: number;
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** A span that answers. */
export interface QuestionAnswer {
  readonly answer: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

/** A text with a word in the place of [MASK]. */
export interface FilledMask {
  readonly score: number;
  readonly token: number;
  readonly token_str: string;
  readonly sequence: string;
}

/** What each task takes and gives; names of fields are Hugging Face's. */
export interface PipelineTasks {
  "text-classification": { input: string; options: { readonly topK?: number }; output: readonly LabelScore[] };
  "token-classification": { input: string; options: { readonly aggregation?: "none" | "simple" }; output: readonly TokenLabel[] };
  "question-answering": {
    input: { readonly question: string; readonly context: string };
    options: { readonly topK?: number };
    output: QuestionAnswer;
  };
  "fill-mask": { input: string; options: { readonly topK?: number }; output: readonly FilledMask[] };
  "feature-extraction": { input: string; options: object; output: readonly number[] };
  "zero-shot-classification": {
    input: string;
    options: Omit<ZeroShotOptions, "labels" | "signal"> & { readonly candidateLabels: readonly string[] };
    output: { readonly sequence: string; readonly labels: readonly string[]; readonly scores: readonly number[] };
  };
  "text-generation": {
    input: string;
    options: { readonly maxNewTokens?: number; readonly temperature?: number; readonly seed?: number };
    output: readonly [{ readonly generated_text: string }];
  };
  summarization: { input: string; options: { readonly maxNewTokens?: number }; output: readonly [{ readonly summary_text: string }] };
  translation: { input: string; options: object; output: readonly [{ readonly translation_text: string }] };
  "text-ranking": {
    input: { readonly query: string; readonly passages: readonly string[] };
    options: { readonly topK?: number };
    output: readonly { readonly index: number; readonly score: number; readonly text: string }[];
  };
}

/** A task by its name. */
export type PipelineTask = keyof PipelineTasks;

interface Signal {
  readonly signal?: AbortSignal;
}

/** Answers inputs of its task. */
export interface Pipeline<Task extends PipelineTask> {
  /** One input. Errors: those of the model; the signal's reason. */
  (input: PipelineTasks[Task]["input"], options?: PipelineTasks[Task]["options"] & Signal): Promise<PipelineTasks[Task]["output"]>;
  readonly task: Task;
  readonly model: string;
  /** Frees the model. */
  close(): Promise<void>;
}

/** What does the work of a task. */
interface Worker<Task extends PipelineTask> {
  run(input: PipelineTasks[Task]["input"], options: PipelineTasks[Task]["options"] & Signal): Promise<PipelineTasks[Task]["output"]>;
  close(): Promise<void>;
}

type Opener<Task extends PipelineTask> = (model: string, options: EncoderOptions) => Promise<Worker<Task>>;

const openers: { readonly [Task in PipelineTask]: Opener<Task> } = {
  "text-classification": textClassification,
  "token-classification": tokenClassification,
  "question-answering": questionAnswering,
  "fill-mask": fillMask,
  "feature-extraction": featureExtraction,
  "zero-shot-classification": zeroShotClassification,
  "text-generation": textGeneration,
  summarization,
  translation,
  "text-ranking": textRanking,
};

/** The ten tasks. */
export const pipelineTasks: readonly PipelineTask[] = Object.keys(openers) as PipelineTask[];

/**
 * A function for a task, on a model of the catalogue, a file or a folder: `const pipe = await pipeline("fill-mask", "bert-folder"); await pipe("Ink is [MASK].")`.
 *
 * Errors: `E_OPTION` for a task that there is not; `E_PIPELINE_TASK` for a model that cannot do it, with the reason; those of opening the model.
 *
 * @example
 * const pipe = await pipeline("feature-extraction", "minilm");
 * (await pipe("Ink is black.")).length; // 384
 * await pipe.close();
 */
export async function pipeline<Task extends PipelineTask>(task: Task, model: string, options: EncoderOptions = {}): Promise<Pipeline<Task>> {
  checkOption("task", task, { ...oneOf(pipelineTasks), allowed: listed(pipelineTasks) });
  const worker = await (openers[task] as Opener<Task>)(model, options).catch((error: unknown) => {
    throw refused(task, model, error);
  });
  const run = (input: PipelineTasks[Task]["input"], asked?: PipelineTasks[Task]["options"] & Signal) =>
    worker.run(input, (asked ?? {}) as PipelineTasks[Task]["options"] & Signal);
  return Object.assign(run, { task, model, close: () => worker.close() });
}

/** What says that a model is for something else, or has no such head. */
const unfit = new Set(["E_MODEL_TENSORS", "E_MODEL_USE", "E_MODEL_ARCHITECTURE", "E_PIPELINE", "E_MODEL_CONFIG"]);

function refused(task: PipelineTask, model: string, error: unknown): unknown {
  if (!(error instanceof InkstoneError) || !unfit.has(error.code)) return error;
  return new InkstoneError(
    "E_PIPELINE_TASK",
    { task, model, why: { en: error.describe("en").message, zh: error.describe("zh").message } },
    { cause: error },
  );
}

const cannot = (task: PipelineTask, model: string, en: string, zh: string) => new InkstoneError("E_PIPELINE_TASK", { task, model, why: { en, zh } });

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function textClassification(model: string, options: EncoderOptions): Promise<Worker<"text-classification">> {
  // Folders of others have a head and no more; our own say their labels and their confidence.
  if ((await isFolder(model)) && (await tunedFacts(model)) === undefined) {
    const encoder = await HeadedEncoder.open(model, "classes", options);
    const { labels } = encoder.information;
    return {
      async run(text, { topK = 1, signal }) {
        const [row] = await encoder.scores([text], undefined, { signal });
        const all = Array.from(softmax(row), (score, i) => ({ label: labels[i] ?? `LABEL_${i}`, score }));
        return all.sort((a, b) => b.score - a.score).slice(0, topK);
      },
      close: () => encoder.close(),
    };
  }
  if (!(await isFolder(model)) && (await isEncoder(model)))
    throw cannot(
      "text-classification",
      model,
      "it makes vectors and has no classes: use zero-shot-classification, or tune it",
      "它只生成向量，没有类别：请使用 zero-shot-classification，或先微调",
    );
  return classifying(await TextClassifier.load(model));
}

function classifying(classifier: Classifier): Worker<"text-classification"> {
  return {
    async run(text, { topK = 1, signal }) {
      const { classes } = await classifier.classify(text, { signal });
      return classes.slice(0, topK).map(({ label, confidence }) => ({ label: String(label), score: confidence }));
    },
    close: () => classifier.close(),
  };
}

async function tokenClassification(model: string, options: EncoderOptions): Promise<Worker<"token-classification">> {
  const encoder = await HeadedEncoder.open(model, "tokens", options);
  const { labels } = encoder.information;
  return {
    async run(text, { aggregation = "simple", signal }) {
      const [words] = await encoder.tag([text], { signal });
      const tagged = words.map(({ text: word, start, end, scores }) => {
        const shares = softmax(scores);
        const best = shares.indexOf(Math.max(...shares));
        return { entity: labels[best] ?? `LABEL_${best}`, score: shares[best], word, start, end };
      });
      const named = tagged.filter(({ entity }) => entity !== "O");
      return aggregation === "none" ? named : groups(text, named);
    },
    close: () => encoder.close(),
  };
}

// Words that go on an entity, joined: I- behind the same name without a gap of words.
function groups(text: string, words: readonly TokenLabel[]): TokenLabel[] {
  const found: (TokenLabel & { count: number })[] = [];
  for (const word of words) {
    const name = word.entity.replace(/^[BI]-/, "");
    const last = found.at(-1);
    const goesOn = last !== undefined && last.entity === name && !word.entity.startsWith("B-") && text.slice(last.end, word.start).trim() === "";
    if (!goesOn) found.push({ ...word, entity: name, count: 1 });
    else {
      const score = (last.score * last.count + word.score) / (last.count + 1);
      found[found.length - 1] = {
        entity: name,
        score,
        word: text.slice(last.start, word.end),
        start: last.start,
        end: word.end,
        count: last.count + 1,
      };
    }
  }
  return found.map(({ count: _, ...entity }) => entity);
}

async function questionAnswering(model: string, options: EncoderOptions): Promise<Worker<"question-answering">> {
  const encoder = await HeadedEncoder.open(model, "answers", options);
  return {
    async run({ question, context }, { signal }) {
      const [{ spans, empty }] = await encoder.answer([question], [context], { signal });
      const [best] = spans;
      return best === undefined
        ? { answer: "", score: empty, start: 0, end: 0 }
        : { answer: best.text, score: best.score, start: best.start, end: best.end };
    },
    close: () => encoder.close(),
  };
}

async function fillMask(model: string, options: EncoderOptions): Promise<Worker<"fill-mask">> {
  const encoder = await HeadedEncoder.open(model, "words", options);
  return {
    async run(text, { topK = 5, signal }) {
      const [[words, ...others] = []] = await encoder.fill([text], { top: topK, signal });
      if (words === undefined || others.length > 0) {
        const allowed = { en: "a text with one [MASK]", zh: "含一个 [MASK] 的文本" };
        throw new InkstoneError("E_OPTION", { option: "text", value: text, allowed });
      }
      return words.map(({ token, text: word, score }) => ({ score, token, token_str: word, sequence: text.replace(/\[MASK\]|<mask>/, word) }));
    },
    close: () => encoder.close(),
  };
}

async function featureExtraction(model: string, options: EncoderOptions): Promise<Worker<"feature-extraction">> {
  const encoder = await EmbeddingModel.open(model, options);
  return {
    run: async (text, { signal }: Signal) => Array.from((await encoder.embed([text], { signal })).vectors[0]),
    close: () => encoder.close(),
  };
}

async function zeroShotClassification(model: string, { signal: opening }: EncoderOptions): Promise<Worker<"zero-shot-classification">> {
  const source = opening === undefined ? {} : { signal: opening };
  const isVectors = await isEncoder(model);
  const encoder = isVectors ? await EmbeddingModel.open(model, source) : undefined;
  const generator = isVectors ? undefined : await LanguageModel.open(model, source);
  return {
    async run(text, { candidateLabels, signal, ...more }) {
      const asked = { ...more, labels: candidateLabels };
      const classifier =
        encoder === undefined
          ? await ZeroShotClassifier.byLikelihood(generator as LanguageModel, asked)
          : await ZeroShotClassifier.byVectors(encoder, asked);
      const { classes } = await classifier.classify(text, { signal });
      return { sequence: text, labels: classes.map(({ label }) => String(label)), scores: classes.map(({ confidence }) => confidence) };
    },
    close: async () => {
      await encoder?.close();
      await generator?.close();
    },
  };
}

async function decoder(task: PipelineTask, model: string): Promise<LanguageModel> {
  if (await isEncoder(model)) throw cannot(task, model, "it reads texts and writes none", "它只读取文本，不生成文本");
  return LanguageModel.open(model);
}

async function textGeneration(model: string): Promise<Worker<"text-generation">> {
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
async function summarization(model: string): Promise<Worker<"summarization">> {
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

async function translation(model: string): Promise<Worker<"translation">> {
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

async function textRanking(model: string, options: EncoderOptions): Promise<Worker<"text-ranking">> {
  const reranker = await Reranker.open(model, options);
  return {
    run: ({ query, passages }, { topK, signal }) => reranker.rank(query, passages, { ...(topK === undefined ? {} : { top: topK }), signal }),
    close: () => reranker.close(),
  };
}
