// Exports of Label Studio: JSON (tasks with annotations) and JSON-MIN, as texts with labels and spans.
import { dataPieces, fileLabel, JsonElementReader, readRows } from "../../formats/index.ts";
import { unitOffset } from "./offsets.ts";
import { asIndex, asList, asObject, asText, examplesOf, type Plain, shapeError } from "./shape.ts";
import type { ExampleOptions } from "./types.ts";

/** A marked part of a text: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** A text that people have labelled: what was chosen for the whole of it, and what was marked in it. */
export interface LabelledText {
  readonly id: string;
  readonly text: string;
  readonly labels: readonly string[];
  readonly spans: readonly Span[];
}

/** Which field holds the text ("text" by default), besides how the file is read. */
export interface LabelStudioOptions extends ExampleOptions {
  readonly text?: string;
}

/**
 * The tasks of an export, one by one: of the annotations of a task the first that was not cancelled counts. A task that nobody has labelled has neither labels
 * nor spans. Label Studio counts offsets in code points; ours are UTF-16 units and slice exactly.
 *
 * Errors: E_DATA_SHAPE for a task of another shape and for spans outside the text (thrown, or handed to `onBadRow` and the task left out); those of
 * `JsonElementReader` and of opening a file. Source: labelstud.io/guide/export.
 *
 * @example
 * const result = [{ type: "choices", value: { choices: ["praise"] } }, { type: "labels", value: { start: 0, end: 3, labels: ["THING"] } }];
 * await writeFile("tasks.json", JSON.stringify([{ id: 1, data: { text: "Ink is black." }, annotations: [{ result }] }]));
 * const [task] = await Dataset.from(readLabelStudio("tasks.json")).toArray();
 * task; // { id: "1", text: "Ink is black.", labels: ["praise"], spans: [{ start: 0, end: 3, label: "THING" }] }
 */
export async function* readLabelStudio(path: string, { text = "text", ...options }: LabelStudioOptions = {}): AsyncGenerator<LabelledText> {
  const file = fileLabel(path);
  const rows = readRows(dataPieces(path, options), new JsonElementReader({ ...options, file }));
  yield* examplesOf(rows, (value) => [taskOf(asObject(value, "task"), text)], { file, onBadRow: options.onBadRow });
}

function taskOf(task: Plain, field: string): LabelledText {
  const id = typeof task.id === "number" || typeof task.id === "string" ? String(task.id) : "";
  if (task.data === undefined) return minimalTask(task, id, field);
  const text = asText(asObject(task.data, "data")[field], `data.${field}`);
  const annotations = asList(task.annotations ?? task.completions ?? [], "annotations").map((each, i) => asObject(each, `annotations[${i}]`));
  const counted = annotations.find(({ was_cancelled }) => was_cancelled !== true);
  const labels: string[] = [];
  const spans: Span[] = [];
  for (const [i, each] of asList(counted?.result ?? [], "result").entries()) {
    const where = `result[${i}]`;
    const { type, value } = asObject(each, where);
    if (type === "choices") labels.push(...textsOf(asObject(value, `${where}.value`).choices, `${where}.value.choices`));
    else if (type === "labels" || type === "hypertextlabels") spans.push(...spansOf(asObject(value, `${where}.value`), text, `${where}.value`));
  }
  return { id, text, labels, spans };
}

const ownFields = new Set(["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"]);

// JSON-MIN: the fields of the task beside those of the annotation; one choice is a text, several are {"choices": [...]}, spans are a list.
function minimalTask(task: Plain, id: string, field: string): LabelledText {
  const text = asText(task[field], field);
  const labels: string[] = [];
  const spans: Span[] = [];
  for (const [name, value] of Object.entries(task)) {
    if (name === field || ownFields.has(name)) continue;
    if (typeof value === "string") labels.push(value);
    else if (Array.isArray(value))
      for (const [i, each] of value.entries()) spans.push(...spansOf(asObject(each, `${name}[${i}]`), text, `${name}[${i}]`));
    else if (typeof value === "object" && value !== null && "choices" in value) labels.push(...textsOf(value.choices, `${name}.choices`));
  }
  return { id, text, labels, spans };
}

const textsOf = (value: unknown, where: string): string[] => asList(value, where).map((each, i) => asText(each, `${where}[${i}]`));

function spansOf(value: Plain, text: string, where: string): Span[] {
  const start = unitOffset(text, asIndex(value.start, `${where}.start`));
  const end = unitOffset(text, asIndex(value.end, `${where}.end`));
  if (start >= end) throw shapeError(where, "a span within the text was expected", "此处应为文本内的片段");
  return textsOf(value.labels ?? value.hypertextlabels, `${where}.labels`).map((label) => ({ start, end, label }));
}
