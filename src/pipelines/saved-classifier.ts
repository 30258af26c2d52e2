// A text classifier's file: written in pieces, read whole, and held against itself before anything of it is used. Knows no learning.
import { InkstoneError, type Words } from "../core/index.ts";
import { openRegular } from "../formats/index.ts";
import type { TextEmbedder } from "../generate/index.ts";
import { type Vectoriser, vectoriserFromJSON } from "../text/index.ts";
import type { TextLanguage } from "./text-features.ts";
import { needsVectors, readTextModel, type TextClassWeight, type TextModelName, textModelNames, weighingModelNames } from "./text-models.ts";
import { JoinedScorer, type TextScorer, VectorScorer, WordScorer } from "./text-scorer.ts";

/** How a classifier came to be: plain facts for whoever uses it. */
export type ModelCard = Readonly<Record<string, unknown>>;

/** What is saved. Version 1 had weights of 64 bits. */
export interface SavedTextClassifier {
  readonly formatVersion: 1 | 2;
  readonly type: "text-classifier";
  readonly options: {
    readonly model: TextModelName;
    readonly seed: number;
    readonly language: TextLanguage;
    readonly embeddings?: string;
    /** Texts are marked first (`markedText`). */
    readonly marks?: boolean;
    readonly classWeight?: TextClassWeight;
  };
  readonly temperature: number;
  /** Is added to the scores, a value a class. */
  readonly offsets?: readonly number[];
  readonly card: ModelCard;
  readonly vectoriser: unknown;
  readonly model: unknown;
}

/** Its parts, made again. */
export interface ReadTextClassifier extends Pick<SavedTextClassifier, "options" | "temperature" | "offsets" | "card"> {
  readonly scorer: TextScorer;
}

const PIECE = 1 << 20;

/**
 * Plain data as JSON in pieces of about a MiB: the whole need not fit into one string.
 *
 * @example
 * const pieces = [];
 * for (const piece of jsonPieces({ a: ["墨", 1], b: undefined })) pieces.push(Buffer.from(piece).toString());
 * pieces.join(""); // '{"a":["墨",1]}\n'
 */
export function* jsonPieces(value: unknown): Generator<Uint8Array> {
  let ready = "";
  for (const part of jsonParts(value)) {
    ready += part;
    if (ready.length < PIECE) continue;
    yield Buffer.from(ready);
    ready = "";
  }
  yield Buffer.from(`${ready}\n`);
}

function* jsonParts(value: unknown): Generator<string> {
  if (typeof value === "string" && value.length > PIECE) yield* stringParts(value);
  else if (typeof value !== "object" || value === null) yield JSON.stringify(value) ?? "null";
  else if (Array.isArray(value)) {
    yield "[";
    for (const [i, item] of value.entries()) {
      if (i > 0) yield ",";
      yield* jsonParts(item);
    }
    yield "]";
  } else {
    let comma = "{";
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue;
      yield `${comma}${JSON.stringify(name)}:`;
      yield* jsonParts(item);
      comma = ",";
    }
    yield comma === "{" ? "{}" : "}";
  }
}

function* stringParts(text: string): Generator<string> {
  yield '"';
  for (let from = 0; from < text.length; ) {
    let end = Math.min(text.length, from + PIECE);
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1])) end--; // a pair is never torn
    yield JSON.stringify(text.slice(from, end)).slice(1, -1);
    from = end;
  }
  yield '"';
}

/** Bytes of a file that is read at all: what can be one string. */
const MOST_BYTES = 500_000_000;

/** The JSON of a file. Errors: `E_PIPELINE` for what is no JSON or too large, those of opening a file. */
export async function readSavedFile(path: string): Promise<unknown> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw refusal(path, { en: `it is larger than ${MOST_BYTES} bytes`, zh: `超过 ${MOST_BYTES} 字节` });
    const bytes = Buffer.allocUnsafeSlow(size);
    let read = 0;
    for (let got = -1; got !== 0 && read < size; read += got) ({ bytesRead: got } = await file.read(bytes, read, size - read, read));
    return JSON.parse(bytes.toString("utf8", 0, read));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(path, { en: "it is no JSON", zh: "不是 JSON" }, error);
  } finally {
    await file.close();
  }
}

const refusal = (file: string, why: Words, cause?: unknown) => new InkstoneError("E_PIPELINE", { file, why }, { cause });

/** The parts of a saved classifier, each checked, and checked against each other. Errors: `E_PIPELINE`, `E_SAVED_MODEL`. */
export function readTextClassifier(saved: unknown, file: string, embedder?: TextEmbedder): ReadTextClassifier {
  const { options, temperature, offsets, card, vectoriser: savedFeatures, model: savedModel } = checked(saved, file);
  const model = readTextModel(savedModel);
  checkOffsets(offsets, model.classes.length, file);
  const facts = { options, temperature, ...(offsets === undefined ? {} : { offsets }), card };
  const { embeddings, model: name } = options;
  const isLent = embedder !== undefined;
  if (embeddings !== undefined && name === "embeddings") return { ...facts, scorer: new VectorScorer(embeddings, model, embedder, isLent) };
  checkFeatures(savedFeatures, file);
  const vectoriser = madeFrom(savedFeatures, file);
  const { columns } = savedModel as { readonly columns: number };
  const width = vectoriser.featureNames().length;
  if (embeddings !== undefined && columns > width)
    return { ...facts, scorer: new JoinedScorer({ vectoriser, model, columns }, embeddings, embedder, isLent) };
  if (width !== columns || embeddings !== undefined) {
    const why = { en: `it has ${width} features and weights for ${columns}`, zh: `其特征数为 ${width}，而权重对应 ${columns} 个特征` };
    throw refusal(file, why);
  }
  return { ...facts, scorer: new WordScorer(vectoriser, model) };
}

function checkOffsets(offsets: unknown, classes: number, file: string): void {
  const isGood = Array.isArray(offsets) && offsets.length === classes && offsets.every((one) => typeof one === "number" && Number.isFinite(one));
  if (offsets !== undefined && !isGood) throw refusal(file, { en: "its offsets are broken", zh: "其类别偏移已损坏" });
}

function madeFrom(saved: unknown, file: string): Vectoriser {
  try {
    return vectoriserFromJSON(saved);
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_SAVED_MODEL") throw error;
    throw refusal(file, { en: "its features are broken", zh: "其特征已损坏" }, error);
  }
}

function checked(saved: unknown, file: string): SavedTextClassifier {
  const refuse = (en: string, zh: string) => refusal(file, { en, zh });
  if (typeof saved !== "object" || saved === null) throw refuse("it holds no classifier", "其中没有分类器");
  const found = saved as Partial<SavedTextClassifier>;
  const { type, formatVersion, options, temperature, card } = found;
  if (type !== "text-classifier") throw refuse(`its type is ${JSON.stringify(type) ?? "missing"}`, `其类型为 ${JSON.stringify(type) ?? "缺失"}`);
  if (formatVersion !== 1 && formatVersion !== 2) {
    const got = JSON.stringify(formatVersion);
    throw refuse(`its formatVersion is ${got ?? "missing"}, known: 1, 2`, `其 formatVersion 为 ${got ?? "缺失"}，已知：1、2`);
  }
  const isGood = typeof options === "object" && options !== null && Number.isSafeInteger(options.seed) && textModelNames.includes(options.model);
  if (!isGood || (options.language !== "en" && options.language !== "zh")) throw refuse("its options are broken", "其选项已损坏");
  if (typeof temperature !== "number" || !(temperature > 0) || !Number.isFinite(temperature))
    throw refuse("its temperature is broken", "其温度已损坏");
  if (typeof card !== "object" || card === null) throw refuse("its card is broken", "其模型说明已损坏");
  const { model, seed, language, embeddings, marks, classWeight } = options;
  if (classWeight !== undefined && (classWeight !== "balanced" || !weighingModelNames.includes(model)))
    throw refuse("its options are broken", "其选项已损坏");
  if (marks !== undefined && typeof marks !== "boolean") throw refuse("its options are broken", "其选项已损坏");
  if (needsVectors(model) !== (typeof embeddings === "string" && embeddings !== ""))
    throw refuse("its embedding model is broken", "其向量模型已损坏");
  const more = {
    ...(embeddings === undefined ? {} : { embeddings }),
    ...(marks === undefined ? {} : { marks }),
    ...(classWeight === undefined ? {} : { classWeight }),
  };
  return { ...(found as SavedTextClassifier), options: { model, seed, language, ...more } };
}

/** Longest n-grams of a classifier's features: more would make one request cost seconds. */
const LONGEST = 10;

// Features as this room makes them: n-grams of words or characters of moderate length, cut by the pattern that is built in. Whatever else a file asks for is refused by name.
function checkFeatures(saved: unknown, file: string): void {
  const refuse = (en: string, zh: string) => refusal(file, { en, zh });
  const { type, parts, options } = (saved ?? {}) as { type?: unknown; parts?: unknown; options?: unknown };
  if (type === "VectorizerUnion") {
    for (const part of Object.values((parts ?? {}) as object)) {
      if ((part as { type?: unknown } | null)?.type === "VectorizerUnion") throw refuse("its features nest", "其特征相互嵌套");
      checkFeatures(part, file);
    }
    return;
  }
  if (type === "HashingVectorizer") throw refuse("its features have no names", "其特征没有名称");
  if (typeof options !== "object" || options === null) return; // refused by the vectoriser itself
  const { tokenPattern, ngramRange = [1, 1], analyzer = "word" } = options as Record<string, unknown>;
  if (tokenPattern !== undefined) throw refuse("its features have a tokenPattern of their own", "其特征带有自定义的 tokenPattern");
  if (typeof analyzer !== "string" || !["word", "char", "char_wb"].includes(analyzer))
    throw refuse(`its analyzer is ${JSON.stringify(analyzer)}`, `其 analyzer 为 ${JSON.stringify(analyzer)}`);
  if (!Array.isArray(ngramRange) || !ngramRange.every((n) => Number.isInteger(n) && n >= 1 && n <= LONGEST))
    throw refuse(`its ngramRange is not within 1 to ${LONGEST}`, `其 ngramRange 不在 1 到 ${LONGEST} 之间`);
}
