// The page's side of the classifier routes: a table is checked, learned from, and asked. Knows no components.
import { ApiError, eventsOf, Offline, reach } from "../../api/http.ts";

/** A table that was chosen. */
export interface ChosenTable {
  name: string;
  type: string;
  content: Blob;
}

interface Place {
  file: string;
  line: number;
}

export interface TableReport {
  rows: number;
  files: { empty: number; unlabelled: number; labels: Record<string, number> }[];
  broken: { count: number; examples: { en: string; zh: string }[] };
  duplicates: { within: number; conflicting: number; examples: { first: Place; again: Place }[] };
  characters: { min: number; median: number; p95: number; max: number };
  scripts: Record<string, number>;
  imbalance?: number;
  manyLabels: boolean;
}

export interface CheckedTable {
  columns: string[];
  text: string;
  label: string | null;
  sample: Record<string, string>[];
  report: TableReport;
}

interface Spread {
  mean: number;
  deviation: number;
}

export interface TrainedClassifier {
  id: string;
  classes: string[];
  examples: number;
  skipped: { count: number };
  tried: { model: string; accuracy: Spread; macroF1: Spread }[];
  report: { classes: { label: string; precision: number; recall: number; f: number; support: number }[] };
  worst: { row: number; line?: number; text: string; truth: string; predicted: string; confidence?: number }[];
  /** It is a tuned encoder: a folder, told to whoever sits at this machine. */
  tuned?: boolean;
  folder?: string;
  /** An encoder was wanted, and would have taken so long. */
  untriedMinutes?: number;
}

export interface Progress {
  fraction: number;
  model: string;
}

export interface DecidingWord {
  text: string;
  start: number;
  end: number;
  weight: number;
}

export interface ClassifiedText {
  label: string;
  confidence: number;
  classes: { label: string; confidence: number }[];
  because: DecidingWord[];
}

/** The content type of a file by the ending of its name; undefined for what is not taken. */
export function tableType(name: string): string | undefined {
  if (/\.csv$/i.test(name)) return "text/csv";
  if (/\.(tsv|tab)$/i.test(name)) return "text/tab-separated-values";
  if (/\.(jsonl|ndjson)$/i.test(name)) return "application/jsonl";
  return undefined;
}

/** Most bytes that the server takes of a table; undefined where it does not say. */
export async function mostBytes(signal: AbortSignal): Promise<number | undefined> {
  const limits: { tableBytes?: number } = await reach("./v1/limits", { signal })
    .then((answer) => answer.json())
    .catch(() => ({}));
  return limits.tableBytes;
}

/** Looks through a table; without columns the server says which look like text and label. */
export async function checkTable(
  table: ChosenTable,
  columns: { text?: string; label?: string },
  language: string,
  signal: AbortSignal,
): Promise<CheckedTable> {
  const response = await send(`./v1/classifiers/check?${new URLSearchParams({ ...columns, name: table.name })}`, table, language, signal);
  return response.json();
}

/** Trains; yields progress, then the classifier. Aborting the signal ends the training. */
export async function* trainClassifier(
  table: ChosenTable,
  query: { text: string; label: string; skip_bad: string; tuned: string; minutes: string },
  language: string,
  signal: AbortSignal,
): AsyncGenerator<{ progress: Progress } | { done: TrainedClassifier }> {
  const response = await send(`./v1/classifiers?${new URLSearchParams({ ...query, name: table.name })}`, table, language, signal);
  if (!response.body) throw new Offline();
  for await (const data of eventsOf(response.body, signal)) {
    if (data === "[DONE]") return;
    const event = JSON.parse(data);
    if (event.error) throw new ApiError(event.error.message, { hint: event.error.hint });
    yield event;
  }
  throw new Offline(); // the end was not announced
}

const send = (path: string, table: ChosenTable, language: string, signal: AbortSignal) =>
  reach(path, { method: "POST", signal, headers: { "content-type": table.type, "accept-language": language }, body: table.content });

/** A classifier that the server keeps. */
export interface Kept {
  id: string;
  created?: number;
  classes?: string[];
  examples?: number;
  tuned?: boolean;
  folder?: string;
  language?: string;
}

/** Those that are kept, as long as the server lives. */
export async function keptClassifiers(): Promise<Kept[]> {
  const { data }: { data: Kept[] } = await (await reach("./v1/classifiers")).json();
  return data;
}

/** A table with two more columns, as a file. */
export async function labelTable(id: string, table: ChosenTable, language: string, signal: AbortSignal): Promise<Blob> {
  return (await send(`./v1/classifiers/${id}/label?${new URLSearchParams({ name: table.name })}`, table, language, signal)).blob();
}

export const forgetClassifier = (id: string): Promise<Response> => reach(`./v1/classifiers/${id}`, { method: "DELETE" });

/** The label of a text, and the words that decided. */
export async function classify(model: string, input: string, language: string): Promise<ClassifiedText> {
  const response = await reach("./v1/classify", {
    method: "POST",
    headers: { "content-type": "application/json", "accept-language": language },
    body: JSON.stringify({ model, input, because: 30 }),
  });
  return (await response.json()).results[0];
}

export const reportAddress = (id: string, language: string): string => `./v1/classifiers/${id}/report?language=${language}`;

/** The confusion matrix of the report, as an image: what is in an image can run nothing. */
export async function confusionPicture(id: string, language: string): Promise<string | undefined> {
  const html = await (await reach(reportAddress(id, language), {})).text();
  const picture = new DOMParser().parseFromString(html, "text/html").querySelector("#confusion svg");
  return picture ? `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}` : undefined;
}
