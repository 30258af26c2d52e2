// The model.bin of CTranslate2: a walk over its variables and aliases. Source: the format as the engine's model.cc reads it, versions 4 to 6. Knows nothing of what they mean.
import { InkstoneError } from "../../core/index.ts";
import { type ByteSource, openFileSource } from "../source.ts";
import { Walker } from "./walker.ts";
import { checkName, elementSizes, elementsOf, MOST_WEIGHTS, type StoredWeight, type WeightFile, type WeightType, weightFile } from "./weight-file.ts";

/** Types by their number in the file. */
const types: readonly WeightType[] = ["f32", "i8", "i16", "i32", "f16", "bf16"];

/** An open model.bin. */
export interface CTranslate2File extends WeightFile {
  /** What kind of model it says it is, such as "WhisperSpec". */
  readonly specification: string;
}

/**
 * Opens a model.bin; no value is read. Aliases are weights of their own, at the place of what they stand for.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_FORMAT_NOT_A_FILE`, `E_FORMAT_*` naming the field and its byte. On an error nothing stays open.
 *
 * @example
 * await openCTranslate2("none.bin"); // throws E_FORMAT_NO_FILE
 */
export async function openCTranslate2(path: string): Promise<CTranslate2File> {
  const source = openFileSource(path);
  try {
    return parseCTranslate2(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same on any source of bytes; the source is closed by `close()` only. */
export function parseCTranslate2(source: ByteSource): CTranslate2File {
  const walker = new Walker(source);
  const version = walker.u32("version");
  if (version < 4 || version > 6)
    throw new InkstoneError("E_FORMAT_VERSION", { version, offset: 0, why: { en: "versions 4 to 6 are read", zh: "可读取第 4 至 6 版" } });
  const text = (field: string) => walker.text(field, walker.u16(`${field}, length`));
  const specification = text("specification");
  walker.u32("revision");
  const weights = new Map<string, StoredWeight>();
  const count = limited(walker, "variables");
  for (let i = 0; i < count; i++) addVariable(walker, text, weights);
  const aliases = limited(walker, "aliases");
  for (let i = 0; i < aliases; i++) {
    const offset = walker.offset;
    const [name, stands] = [text("alias"), text("aliased")];
    checkName("alias", offset, name, weights);
    const weight = weights.get(stands);
    if (weight === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: stands });
    weights.set(name, { ...weight, name });
  }
  walker.end();
  return { specification, ...weightFile(source, weights) };
}

function limited(walker: Walker, field: string): number {
  const offset = walker.offset;
  const value = walker.u32(field);
  if (value > MOST_WEIGHTS) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset, value, limit: MOST_WEIGHTS });
  return value;
}

function addVariable(walker: Walker, text: (field: string) => string, weights: Map<string, StoredWeight>): void {
  const offset = walker.offset;
  const name = text("variable");
  checkName("variable", offset, name, weights);
  const rank = walker.u8(`${name}, rank`);
  const shape = Array.from({ length: Math.min(rank, 9) }, (_, d) => walker.u32(`${name}, size ${d}`));
  const elements = elementsOf(name, offset, shape);
  const at = walker.offset;
  const number = walker.u8(`${name}, type`);
  const type = types[number];
  if (type === undefined)
    throw new InkstoneError("E_FORMAT_TENSOR_TYPE", {
      tensor: name,
      offset: at,
      type: String(number),
      why: { en: "it is not known", zh: "未知类型" },
    });
  const bytes = walker.u32(`${name}, bytes`);
  if (bytes !== elements * elementSizes[type]) {
    const expected = elements * elementSizes[type];
    const allowed = { en: `${expected} bytes, as the shape says`, zh: `${expected} 字节（由形状决定）` };
    throw new InkstoneError("E_FORMAT_VALUE", { field: `${name}, bytes`, offset: at + 1, value: bytes, allowed });
  }
  weights.set(name, { name, shape, type, elements, offset: walker.offset });
  walker.skip(name, bytes);
}
