// The text of a DOCX. The reading itself is done in a process of its own (docx-work.ts).
import { dataLimits, InkstoneError } from "../../core/index.ts";
import { type IsolationLimits, isolated, requireFile } from "../../formats/index.ts";
import type { DocxWork } from "./docx-work.ts";
import type { DocumentOptions } from "./whole.ts";

/**
 * The text of a DOCX file, one line a paragraph.
 *
 * Errors: E_PACKAGE_MISSING without mammoth; E_ARCHIVE and E_DATA_PACKED for archives that are damaged, lie, point outside or grow too much; E_DATA_DOCUMENT
 * for what is no DOCX or hangs for `seconds`; E_DATA_SIZE beyond 64 MiB, packed or unpacked; those of opening a file. Source: ECMA-376, as mammoth reads it.
 *
 * @example
 * await readDocx("none.docx"); // throws E_FORMAT_NO_FILE
 */
export async function readDocx(
  path: string,
  { maxBytes = dataLimits.documentBytes, ...limits }: DocumentOptions & IsolationLimits = {},
): Promise<string> {
  const file = await requireFile(path);
  const work: DocxWork = { path, file, maxBytes };
  for await (const text of isolated<string>(new URL("./docx-work.js", import.meta.url), work, limits)) return text;
  throw new InkstoneError("E_DATA_DOCUMENT", { file, why: { en: "it has no text", zh: "没有文本" } });
}
