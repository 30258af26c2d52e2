// Reads a DOCX with mammoth, an optional package, after every part of the archive has been unpacked once under a ceiling. It runs in a process of its own.
import { InkstoneError } from "../../core/index.ts";
import { optionalPackage, withZip } from "../../formats/index.ts";
import { wholeBytes } from "./whole.ts";

/** What to read. */
export interface DocxWork {
  readonly path: string;
  readonly file: string;
  readonly maxBytes: number;
}

/** The text, as one item; see `readDocx`. */
export async function* work({ path, file, maxBytes }: DocxWork): AsyncGenerator<string> {
  const purpose = { en: "DOCX files", zh: "读取 DOCX 文件" };
  const { default: mammoth } = await optionalPackage("mammoth@1.13.0", purpose, () => import("mammoth"));
  const bytes = await wholeBytes(path, { maxBytes });
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // mammoth believes what the archive says of itself; so it is looked through first.
  let total = 0;
  const parts = withZip(path, { file, bytes: maxBytes }, async function* (members) {
    for (const { pieces } of members) for await (const piece of pieces()) yield piece.length;
  });
  for await (const bytes of parts) {
    total += bytes;
    if (total > maxBytes)
      throw new InkstoneError("E_DATA_SIZE", { file, what: { en: "its unpacked size in bytes", zh: "解压后的字节数" }, limit: maxBytes });
  }
  try {
    const { value } = await mammoth.extractRawText({ buffer });
    yield value.replace(/\n{2,}/g, "\n").trim();
  } catch (cause) {
    throw new InkstoneError("E_DATA_DOCUMENT", { file, why: { en: "it is no DOCX file, or damaged", zh: "不是 DOCX 文件，或已损坏" } }, { cause });
  }
}
