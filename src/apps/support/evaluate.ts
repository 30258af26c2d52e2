// How well an understanding does on rows that it was not trained on: intents, slots, and whether strangers are told from customers. Knows no dialogue.
import { InkstoneError } from "../../core/index.ts";
import { openRows } from "../../data/index.ts";
import { f1, rocAuc } from "../../metrics/index.ts";
import { type IntentExample, type MarkedEntity, parseExample } from "./examples.ts";
import { scopeNames, type Understanding } from "./understand.ts";

/** What was found. Shares are from 0 to 1. */
export interface SupportEvaluation {
  readonly rows: number;
  /** Of the rows of an intent: how many were understood. */
  readonly intents: { readonly rows: number; readonly accuracy: number; readonly macroF1: number };
  /** Of marked parts: right where kind, start and end are. Null where no row has any. */
  readonly slots: { readonly marked: number; readonly precision: number; readonly recall: number; readonly f1: number } | null;
  /** Of the rows of no intent: how often one of them looks less like the examples than a row of an intent (`auroc`), how many were told, and how many customers were taken for one. Null without any. */
  readonly outOfScope: { readonly rows: number; readonly auroc: number; readonly told: number; readonly customersTakenForOne: number } | null;
  /** Intents of the rows that the project does not have: they count as wrong. */
  readonly unknownIntents: readonly string[];
}

/**
 * Rows to try a project on: `text`, `intent` (or `label`), and the parts that are slots, as `entities` or `spans` ({entity, start, end}) or marked in the text as Rasa does.
 *
 * Errors: those of the table's reader; E_DATA_COLUMN, E_DATA_ROW.
 *
 * @example
 * await writeFile("asked.csv", "text,intent\nto [Rome](city),fly\n");
 * await readSupportRows("asked.csv"); // [{ intent: "fly", text: "to Rome", entities: [{ entity: "city", value: "Rome", start: 3, end: 7 }] }]
 */
export async function readSupportRows(path: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<IntentExample[]> {
  const rows: IntentExample[] = [];
  for await (const { value, line } of openRows(path, { signal })) {
    const named = Object.hasOwn(value, "intent") ? "intent" : "label";
    for (const column of ["text", named])
      if (!Object.hasOwn(value, column))
        throw new InkstoneError("E_DATA_COLUMN", {
          file: path,
          column: column === "label" ? "intent" : column,
          found: Object.keys(value).join(", "),
        });
    const refuse = (en: string, zh: string) => new InkstoneError("E_DATA_ROW", { file: path, line, column: 1, why: { en, zh } });
    const { text, [named]: intent, entities = value["spans"] } = value;
    if (typeof text !== "string" || typeof intent !== "string" || intent === "") throw refuse("it needs a text and an intent", "缺少文本或意图");
    if (entities === undefined || entities === null) {
      rows.push(parseExample(text, intent));
      continue;
    }
    if (!Array.isArray(entities)) throw refuse("its entities are no list", "entities 不是数组");
    rows.push({ intent, text, entities: entities.map((one: unknown) => markedOf(one, text) ?? raise(refuse)) });
  }
  return rows;
}

function raise(refuse: (en: string, zh: string) => InkstoneError): never {
  throw refuse("an entity needs entity, start and end within the text", "每个 entity 须含 entity 以及文本范围内的 start、end");
}

function markedOf(one: unknown, text: string): MarkedEntity | undefined {
  const { entity, start, end } = (one ?? {}) as Record<string, unknown>;
  const isPlace = Number.isInteger(start) && Number.isInteger(end) && Number(start) >= 0 && Number(start) < Number(end) && Number(end) <= text.length;
  if (typeof entity !== "string" || !isPlace) return undefined;
  return { entity, value: text.slice(Number(start), Number(end)), start: Number(start), end: Number(end) };
}

/**
 * Asks an understanding rows whose answers are known. Rows of an intent called out_of_scope, nlu_fallback or oos are of no intent.
 *
 * Errors: those of `Understanding.understand`; the signal's reason.
 *
 * @example
 * const examples = ["hello", "hi there", "good day"].map((text) => ({ intent: "greet", text, entities: [] }));
 * const more = ["goodbye", "bye now", "see you"].map((text) => ({ intent: "leave", text, entities: [] }));
 * const mind = await Understanding.train({ examples: [...examples, ...more], synonyms: {}, lookups: {}, patterns: {} });
 * (await evaluateUnderstanding(mind, [{ intent: "leave", text: "bye bye", entities: [] }])).intents.accuracy; // 1
 */
export async function evaluateUnderstanding(
  mind: Understanding,
  rows: readonly IntentExample[],
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<SupportEvaluation> {
  const answers: { row: IntentExample; said: Awaited<ReturnType<Understanding["understand"]>>; isOurs: boolean }[] = [];
  for (const [i, row] of rows.entries()) {
    answers.push({ row, said: await mind.understand(row.text, { signal }), isOurs: !scopeNames.test(row.intent) });
    onProgress?.(i + 1, rows.length);
  }
  const ours = answers.filter(({ isOurs }) => isOurs);
  const others = answers.filter(({ isOurs }) => !isOurs);
  const share = (some: number, all: number): number => (all === 0 ? 0 : some / all);
  const truth = ours.map(({ row }) => row.intent);
  const predicted = ours.map(({ said }) => said.intent);
  const marked = ours.reduce((sum, { row }) => sum + row.entities.length, 0);
  const told = ours.reduce((sum, { said }) => sum + (marked === 0 ? 0 : said.entities.length), 0);
  const right = ours.reduce((sum, { row, said }) => sum + row.entities.filter((one) => said.entities.some((other) => areOne(one, other))).length, 0);
  const known = new Set(mind.intents);
  return {
    rows: rows.length,
    intents: {
      rows: ours.length,
      accuracy: share(predicted.filter((intent, i) => intent === truth[i]).length, ours.length),
      macroF1: ours.length === 0 ? 0 : f1(truth, predicted, { average: "macro" }),
    },
    slots: marked === 0 ? null : { marked, precision: share(right, told), recall: share(right, marked), f1: share(2 * right, told + marked) },
    outOfScope:
      others.length === 0 || ours.length === 0
        ? null
        : {
            rows: others.length,
            auroc: rocAuc(
              answers.map(({ isOurs }) => (isOurs ? 1 : 0)),
              answers.map(({ said }) => said.likeness),
            ),
            told: share(others.filter(({ said }) => !said.inScope).length, others.length),
            customersTakenForOne: share(ours.filter(({ said }) => !said.inScope).length, ours.length),
          },
    unknownIntents: [...new Set(truth.filter((intent) => !known.has(intent)))].sort(),
  };
}

const areOne = (one: MarkedEntity, other: MarkedEntity): boolean => one.entity === other.entity && one.start === other.start && one.end === other.end;
