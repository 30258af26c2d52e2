// Questions on passages in the form of SQuAD (1.1 and 2.0; XQuAD, CMRC 2018): one example a question, its answers as exact spans.
import { dataPieces, fileLabel, JsonElementReader, readRows } from "../../formats/index.ts";
import { unitOffset } from "./offsets.ts";
import { asIndex, asList, asObject, asText, examplesOf, shapeError } from "./shape.ts";
import type { ExampleOptions } from "./types.ts";

/** A span of the passage: `context.slice(start, end) === text`. `start` is -1 where the file's own offset does not point at its answer. */
export interface Answer {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A question on a passage. Without answers it cannot be answered from the passage. */
export interface QuestionExample {
  readonly id: string;
  readonly title: string;
  readonly context: string;
  readonly question: string;
  readonly answers: readonly Answer[];
}

/**
 * The questions of a file in the form of SQuAD, article by article. Offsets of the file count code points, as Python does; ours count UTF-16 units and slice exactly.
 *
 * Errors: E_DATA_SHAPE for an article of another shape (thrown, or handed to `onBadRow` and the article left out); those of `JsonElementReader` and of
 * opening a file. Source: Rajpurkar et al. 2016, arXiv:1606.05250; Rajpurkar, Jia & Liang 2018, arXiv:1806.03822.
 *
 * @example
 * const paragraphs = [{ context: "😀 Ink is black.", qas: [{ id: "1", question: "What is black?", answers: [{ text: "Ink", answer_start: 2 }] }] }];
 * await writeFile("squad.json", JSON.stringify({ data: [{ title: "Ink", paragraphs }] }));
 * const [{ answers }] = await Dataset.from(readSquad("squad.json")).toArray();
 * answers; // [{ text: "Ink", start: 3, end: 6 }]
 */
export async function* readSquad(path: string, options: ExampleOptions = {}): AsyncGenerator<QuestionExample> {
  const file = fileLabel(path);
  const rows = readRows(dataPieces(path, options), new JsonElementReader({ ...options, file, key: "data" }));
  yield* examplesOf(rows, questionsOf, { file, onBadRow: options.onBadRow });
}

function* questionsOf(value: unknown): Generator<QuestionExample> {
  const article = asObject(value, "data[]");
  const title = typeof article.title === "string" ? article.title : "";
  for (const [i, each] of asList(article.paragraphs, "paragraphs").entries()) {
    const where = `paragraphs[${i}]`;
    const paragraph = asObject(each, where);
    const context = asText(paragraph.context, `${where}.context`);
    for (const [j, one] of asList(paragraph.qas, `${where}.qas`).entries()) {
      const here = `${where}.qas[${j}]`;
      const { id, question, answers = [] } = asObject(one, here);
      if (typeof id !== "string" && typeof id !== "number") throw shapeError(`${here}.id`, "a text was expected", "此处应为文本");
      yield {
        id: String(id),
        title,
        context,
        question: asText(question, `${here}.question`),
        answers: asList(answers, `${here}.answers`).map((answer, k) => answerOf(answer, context, `${here}.answers[${k}]`)),
      };
    }
  }
}

function answerOf(value: unknown, context: string, where: string): Answer {
  const answer = asObject(value, where);
  const text = asText(answer.text, `${where}.text`);
  // CMRC marks answers that it could not find with -1.
  const start = answer.answer_start === -1 ? -1 : unitOffset(context, asIndex(answer.answer_start, `${where}.answer_start`));
  return start >= 0 && context.startsWith(text, start) ? { text, start, end: start + text.length } : { text, start: -1, end: -1 };
}
