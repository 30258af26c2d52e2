// A translator's thread: opens the model, translates one call after another. Runs as a worker only.
import { InkstoneError, type Names } from "../../core/index.ts";
import { loadHubTextToText, loadMarian, type TextToText } from "../../models/index.ts";
import { openExecutor } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { beamSearch, type Written } from "../sequences/beam-search.ts";
import { type Report, serveThread } from "../threads/serve.ts";
import { type Codec, folderCodec, plainCodec } from "./codec.ts";
import { joined, piecesOf } from "./pieces.ts";
import type { PlainTranslateOptions, Translation, TranslatorAnswers, TranslatorCall, TranslatorFiles } from "./protocol.ts";

interface Opened {
  readonly files: TranslatorFiles;
  readonly model: TextToText;
  readonly codec: Codec;
  readonly beams: number;
  /** What stands before a text, by direction. */
  readonly prefixes: ReadonlyMap<string, string>;
}

let opened: Opened | undefined;

/** Most ids of a sentence before it is cut: longer ones were rare where these models learned. */
const LONGEST = 160;
/** A translation is at most so many times as long as its source, and some. */
const LONGER = 3;
const SOME = 16;
/** Rows that go side by side. */
const ROWS = 64;

async function open({ files, precision: asked, threads }: Extract<TranslatorCall, { kind: "open" }>): Promise<TranslatorAnswers["open"]> {
  const executor = openExecutor(threads === undefined ? {} : { threads });
  const precision = asked ?? (executor.name === "native" ? "fast" : "exact");
  const { model: where } = files;
  const device = cpu(executor);
  const codec = await (where.kind === "marian" ? plainCodec(where.source, where.target, executor) : folderCodec(where.folder, executor));
  const loaded =
    where.kind === "marian"
      ? { model: await loadMarian(where.weights, device, precision), beams: 1, prefixes: new Map<string, string>() }
      : await loadHubTextToText(where.folder, device, precision);
  opened = { files, codec, ...loaded };
  const { architecture, parameterCount: parameters } = loaded.model.parts;
  const { name, from, to } = files;
  return {
    name,
    architecture,
    parameters,
    precision,
    executor: executor.name,
    from,
    to,
    beams: loaded.beams,
    contextLength: loaded.model.reader.longest,
  };
}

interface Sentence {
  readonly index: number;
  readonly ids: readonly number[];
}

// All sentences, those of like length side by side.
async function write(
  sentences: readonly (readonly number[])[],
  options: PlainTranslateOptions,
  control: Int32Array,
  report: Report,
): Promise<Written[][]> {
  const { model, beams: usual } = opened as Opened;
  const { start, end, never, sizes } = model.parts;
  const { beams = usual, lengthPenalty = 1, noRepeat = 0, best = 1 } = options;
  const found: Written[][] = sentences.map(() => []);
  const order = sentences
    .map((ids, index): Sentence => ({ index, ids }))
    .filter(({ ids }) => ids.length > 0)
    .sort((a, b) => b.ids.length - a.ids.length);
  const together = Math.max(1, Math.floor(ROWS / beams));
  for (let at = 0; at < order.length; at += together) {
    const group = order.slice(at, at + together);
    model.reader.read(
      group.map(({ ids }) => [...ids, end]),
      control,
    );
    const most = group.map(({ ids }) => Math.min(sizes.positions, LONGER * ids.length + SOME));
    const written = await beamSearch(model.writer, group.length, {
      start,
      end,
      never,
      beams,
      most,
      lengthPenalty,
      noRepeat,
      best: Math.min(best, beams),
      control,
    });
    for (const [i, { index }] of group.entries()) found[index] = written[i];
    report(Math.min(at + together, order.length), order.length);
  }
  return found;
}

function prefixOf({ from, to }: PlainTranslateOptions): string {
  const { prefixes, files } = opened as Opened;
  const direction = `${from ?? files.from ?? ""}_${to ?? files.to ?? ""}`;
  const known = prefixes.get(direction);
  if (known !== undefined) return known;
  const refuse = (option: string, value: string, allowed: Names) => new InkstoneError("E_OPTION", { option, value, allowed });
  if (prefixes.size > 0)
    throw refuse(
      "to",
      direction.replace("_", " – "),
      [...prefixes.keys()].map((each) => each.replace("_", " – ")),
    );
  if (from !== undefined && files.from !== undefined && from !== files.from) throw refuse("from", from, [files.from]);
  if (to !== undefined && files.to !== undefined && to !== files.to) throw refuse("to", to, [files.to]);
  return "";
}

async function translate(texts: readonly string[], options: PlainTranslateOptions, control: Int32Array, report: Report): Promise<Translation[]> {
  const { codec, model } = opened as Opened;
  const prefix = prefixOf(options);
  const room = Math.min(LONGEST, model.reader.longest - 1);
  const cut = texts.map((text) => piecesOf(text, (sentence) => codec.encode(prefix + sentence).length <= room));
  const ids = cut.flatMap(({ pieces }) => pieces.map(({ text }) => codec.encode(prefix + text).slice(0, model.reader.longest - 1)));
  const written = await write(ids, { ...options, best: 1 }, control, report);
  let at = 0;
  return cut.map((parts) => {
    const own = written.slice(at, at + parts.pieces.length);
    at += parts.pieces.length;
    const lengths = own.map((each) => (each[0]?.ids.length ?? 0) + 1);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const sums = own.reduce((sum, each, i) => sum + (each[0]?.score ?? 0) * lengths[i], 0);
    return {
      text: joined(
        parts,
        own.map((each) => codec.decode(each[0]?.ids ?? [])),
      ),
      score: total === 0 ? 0 : sums / total,
    };
  });
}

async function sentences(texts: readonly string[], options: PlainTranslateOptions, control: Int32Array, report: Report): Promise<Translation[][]> {
  const { codec, model } = opened as Opened;
  const prefix = prefixOf(options);
  const written = await write(
    texts.map((text) => codec.encode(prefix + text).slice(0, model.reader.longest - 1)),
    options,
    control,
    report,
  );
  return written.map((each) => each.map(({ ids, score }) => ({ text: codec.decode(ids), score })));
}

function answerTo(call: TranslatorCall, control: Int32Array, report: Report): Promise<TranslatorAnswers[TranslatorCall["kind"]]> {
  if (call.kind === "open") return open(call);
  return (call.kind === "translate" ? translate : sentences)(call.texts, call.options, control, report);
}

serveThread<TranslatorCall, TranslatorAnswers>(answerTo, () => {
  opened?.model.dispose();
  opened?.codec.dispose();
});
