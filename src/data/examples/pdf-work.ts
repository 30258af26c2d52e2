// Reads the pages of a PDF with unpdf, an optional package. It runs in a process of its own (see pdf.ts): a hostile file can hang or fill it.
import { InkstoneError } from "../../core/index.ts";
import { optionalPackage } from "../../formats/index.ts";
import { wholeBytes } from "./whole.ts";

/** A page, from 1. */
export interface DocumentPage {
  readonly page: number;
  readonly text: string;
}

/** What to read. */
export interface PdfWork {
  readonly path: string;
  readonly file: string;
  readonly maxBytes: number;
  readonly maxPages: number;
}

/** The pages; see `readPdf`. */
export async function* work({ path, file, maxBytes, maxPages }: PdfWork): AsyncGenerator<DocumentPage> {
  const purpose = { en: "PDF files", zh: "读取 PDF 文件" };
  const { getDocumentProxy } = await optionalPackage("unpdf@1.7.0", purpose, () => import("unpdf"));
  const bytes = await wholeBytes(path, { maxBytes });
  try {
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    if (document.numPages > maxPages)
      throw new InkstoneError("E_DATA_SIZE", { file, what: { en: "the number of its pages", zh: "页数" }, limit: maxPages });
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
      page.cleanup();
      yield { page: number, text: text.replace(/[ \t]+\n/g, "\n").trim() };
    }
  } catch (error) {
    if (error instanceof InkstoneError) throw error;
    const locked = error instanceof Error && error.name === "PasswordException";
    const why = locked ? { en: "it is encrypted", zh: "文件已加密" } : { en: "it is no PDF, or damaged", zh: "不是 PDF 文件，或已损坏" };
    throw new InkstoneError("E_DATA_DOCUMENT", { file, why }, { cause: error });
  }
}
