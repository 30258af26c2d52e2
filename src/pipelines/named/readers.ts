// Tasks of models that read: classes, tags, answers, hidden words, vectors, order of passages. Knows no models' insides.
import { InkstoneError, softmax } from "../../core/index.ts";
import { type Classifier, EmbeddingModel, type EncoderOptions, HeadedEncoder, isEncoder, LanguageModel, Reranker } from "../../generate/index.ts";
import { tunedFacts } from "../encoders/folder.ts";
import { TextClassifier } from "../text-classifier.ts";
import { ZeroShotClassifier } from "../zero-shot.ts";
import { cannot, isFolder, type Signal, type TokenLabel, type Worker } from "./tasks.ts";

/** Opens a model for `text-classification`. */
export async function textClassification(model: string, options: EncoderOptions): Promise<Worker<"text-classification">> {
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

/** Opens a model for `token-classification`. */
export async function tokenClassification(model: string, options: EncoderOptions): Promise<Worker<"token-classification">> {
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

/** Opens a model for `question-answering`. */
export async function questionAnswering(model: string, options: EncoderOptions): Promise<Worker<"question-answering">> {
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

/** Opens a model for `fill-mask`. */
export async function fillMask(model: string, options: EncoderOptions): Promise<Worker<"fill-mask">> {
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

/** Opens a model for `feature-extraction`. */
export async function featureExtraction(model: string, options: EncoderOptions): Promise<Worker<"feature-extraction">> {
  const encoder = await EmbeddingModel.open(model, options);
  return {
    run: async (text, { signal }: Signal) => Array.from((await encoder.embed([text], { signal })).vectors[0]),
    close: () => encoder.close(),
  };
}

/** Opens a model for `zero-shot-classification`. */
export async function zeroShotClassification(model: string, { signal: opening }: EncoderOptions): Promise<Worker<"zero-shot-classification">> {
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

/** Opens a model for `text-ranking`. */
export async function textRanking(model: string, options: EncoderOptions): Promise<Worker<"text-ranking">> {
  const reranker = await Reranker.open(model, options);
  return {
    run: ({ query, passages }, { topK, signal }) => reranker.rank(query, passages, { ...(topK === undefined ? {} : { top: topK }), signal }),
    close: () => reranker.close(),
  };
}
