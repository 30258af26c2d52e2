// Answers to labelled texts as the lines of a table, those whose own label is most doubtful first. Knows no classifier.
import type { WrittenKind } from "../data/index.ts";
import { csvLine, jsonLine } from "../formats/index.ts";
import type { Answers } from "../pipelines/index.ts";

/** Rows of a piece. */
const ROWS = 1024;

const columns = ["row", "line", "text", "label", "answer", "confidence", "own"] as const;

/**
 * The answers as a table: number among the examples, line in the file, text, its label, the answer, how sure it is, and `own`, how sure it would be of the label that stands there. Rows with
 * the least `own` come first: among them are the mislabelled ones. Without confidences wrong answers come first.
 *
 * Source: Northcutt, Jiang & Chuang 2021, arXiv:1911.00068 (self-confidence).
 *
 * @example
 * const answers = { texts: ["a", "b"], truth: ["x", "y"], predictions: ["x", "x"], confidences: [[0.9, 0.1], [0.8, 0.2]], classes: ["x", "y"] };
 * Array.from(answersPieces(answers, "csv"), (piece) => Buffer.from(piece).toString()).join(""); // "row,line,text,label,answer,confidence,own\n2,,b,y,x,0.8,0.2\n1,,a,x,x,0.9,0.9\n"
 */
export function* answersPieces({ texts, truth, predictions, confidences, classes, rows, lines }: Answers, kind: WrittenKind): Generator<Uint8Array> {
  const column = new Map(classes?.map((label, i) => [label, i]));
  const shareOf = (at: number, label: string | number): number | null => confidences?.[at]?.[column.get(label) ?? -1] ?? (confidences ? 0 : null);
  const own = texts.map((_, at) => shareOf(at, truth[at]) ?? Number(predictions[at] === truth[at]));
  const order = texts.map((_, at) => at).sort((a, b) => own[a] - own[b] || a - b);
  const rounded = (share: number | null): number | null => (share === null ? null : Number(share.toFixed(4)));
  const delimiter = kind === "tsv" ? "\t" : ",";
  if (kind !== "jsonl") yield Buffer.from(csvLine(columns, { delimiter }));
  for (let from = 0; from < order.length; from += ROWS) {
    const written = order.slice(from, from + ROWS).map((at) => {
      const [sure, itsOwn] = [rounded(shareOf(at, predictions[at])), rounded(shareOf(at, truth[at]))];
      const values = [rows?.[at] ?? at + 1, lines?.[at] ?? null, texts[at], truth[at], predictions[at], sure, itsOwn];
      if (kind === "jsonl") return jsonLine(Object.fromEntries(columns.map((name, i) => [name, values[i]])));
      return csvLine(values, { delimiter });
    });
    yield Buffer.from(written.join(""));
  }
}
