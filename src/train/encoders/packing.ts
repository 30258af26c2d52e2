// Texts of a batch end to end, without padding between them: the columns that an encoder reads. Knows no task.
import type { EncoderInput } from "../../models/index.ts";
import { type BatchColumn, valuesColumn } from "../loop/index.ts";

/** Where a text lies in the rows of a batch. */
export interface PlacedText {
  readonly first: number;
  readonly length: number;
}

/** Rows come in such steps, and in sixteenths of what is longer, so that few lists are recorded: each has gradients of its own. */
const STEP = 64;
const SHARE = 16;
/** The segment of rows behind the last text. */
const FILLING = -1;

/** What an encoder's configuration says of positions and types. */
export interface PackingSizes {
  readonly firstPosition: number;
  readonly types: number;
}

/**
 * The four columns that an encoder reads, and where each text lies.
 *
 * @example
 * const { places, rows } = packTexts([{ ids: [2, 7, 3], types: [0, 0, 0] }, { ids: [2, 3], types: [0, 0] }], { firstPosition: 0, types: 2 });
 * places; // [{ first: 0, length: 3 }, { first: 3, length: 2 }]
 * rows; // 64
 */
export function packTexts(
  texts: readonly EncoderInput[],
  { firstPosition, types: mostTypes }: PackingSizes,
): { columns: BatchColumn[]; ids: Int32Array; places: PlacedText[]; rows: number } {
  const total = texts.reduce((sum, { ids }) => sum + ids.length, 0);
  const step = Math.max(STEP, 2 ** Math.floor(Math.log2(Math.max(1, total) / SHARE) + 1));
  const rows = Math.max(step, Math.ceil(total / step) * step);
  const [ids, positions, types] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(rows)];
  const segments = new Int32Array(rows).fill(FILLING);
  const places: PlacedText[] = [];
  let at = 0;
  for (const [segment, text] of texts.entries()) {
    places.push({ first: at, length: text.ids.length });
    for (let i = 0; i < text.ids.length; i++, at++) {
      ids[at] = text.ids[i];
      positions[at] = firstPosition + i;
      types[at] = Math.min(text.types[i], Math.max(0, mostTypes - 1));
      segments[at] = segment;
    }
  }
  const named = { ids, positions, types, segments };
  return { columns: Object.entries(named).map(([name, values]) => valuesColumn(name, values, [rows])), ids, places, rows };
}
