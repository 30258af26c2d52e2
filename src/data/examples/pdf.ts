// The text of a PDF, page by page. The reading itself is done in a process of its own (pdf-work.ts).
import { dataLimits } from "../../core/index.ts";
import { type IsolationLimits, isolated, requireFile } from "../../formats/index.ts";
import type { DocumentPage, PdfWork } from "./pdf-work.ts";
import type { DocumentOptions } from "./whole.ts";

/** How a PDF is read. */
export interface PdfOptions extends DocumentOptions, IsolationLimits {
  /** Most pages, 10,000 by default. */
  readonly maxPages?: number;
}

/**
 * The text of each page of a PDF, in the order of the file's own text. Pages that are pictures have none.
 *
 * Errors: E_PACKAGE_MISSING without unpdf; E_DATA_DOCUMENT for what is damaged, encrypted, or hangs for `seconds`; E_DATA_SIZE beyond 64 MiB or `maxPages`;
 * those of opening a file. Source: ISO 32000, as pdf.js reads it.
 *
 * @example
 * await readPdf("none.pdf").next(); // throws E_FORMAT_NO_FILE
 */
export async function* readPdf(
  path: string,
  { maxBytes = dataLimits.documentBytes, maxPages = dataLimits.pages, ...limits }: PdfOptions = {},
): AsyncGenerator<DocumentPage> {
  const file = await requireFile(path);
  const work: PdfWork = { path, file, maxBytes, maxPages };
  yield* isolated(new URL("./pdf-work.js", import.meta.url), work, limits);
}
