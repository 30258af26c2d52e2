// A letter as PDF. Chinese needs a font of one's own: none is carried along. Knows no form and no answers.
import { readFile } from "node:fs/promises";
import { InkstoneError } from "../../core/index.ts";
import { optionalPackage } from "../../formats/index.ts";
import type { LegalLetter } from "./form.ts";

/** How a PDF is made. */
export interface LegalPdfOptions {
  /** A TrueType or OpenType font file; needed where the letter has other letters than Latin ones. Default: INKSTONE_PDF_FONT. */
  readonly font?: string;
}

interface PdfMaker {
  virtualfs: { writeFileSync(path: string, data: Uint8Array): void };
  setFonts(fonts: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
  createPdf(document: object): { getBuffer(): Promise<Uint8Array> };
  setUrlAccessPolicy(policy: (url: string) => boolean): void;
  setLocalAccessPolicy(policy: (path: string) => boolean): void;
}

// Letters that the fonts of every reader have.
const latin = (text: string): boolean => !/[^\t\n\r\u0020-\u024f\u2010-\u2027\u20ac]/.test(text);

/**
 * The letter as a PDF file with the label of its making in the metadata.
 *
 * Errors: E_PACKAGE_MISSING without pdfmake; E_OPTION where the letter needs a font and none is set; E_INPUT_MISSING for a font that cannot be read.
 *
 * @example
 * const letter = shippedForm("tenancy").write({ jurisdiction: "Ireland", sender: "A", recipient: "B", today: "2026-03-05", address: "C", leaving: "2026-04-05", deposit: false });
 * (await legalPdf(letter))[0]; // 37
 */
export async function legalPdf(
  { title, clauses, notice, language }: LegalLetter,
  { font = process.env.INKSTONE_PDF_FONT }: LegalPdfOptions = {},
): Promise<Uint8Array> {
  const texts = [title, notice, ...clauses.map(({ text }) => text)];
  if ((font === undefined || font === "") && !texts.every(latin))
    throw new InkstoneError("E_OPTION", {
      option: "font",
      value: "",
      allowed: { en: "a font file with these letters (INKSTONE_PDF_FONT or --font)", zh: "含所需文字的字体文件（INKSTONE_PDF_FONT 或 --font）" },
    });
  const maker = await optionalPackage(
    "pdfmake@0.3.11",
    { en: "PDF files", zh: "生成 PDF 文件" },
    async () => ((await import("pdfmake" as string)) as { default: PdfMaker }).default,
  );
  maker.setUrlAccessPolicy(() => false);
  maker.setLocalAccessPolicy((path) => path === "own-font" || path.startsWith("Helvetica"));
  const name = font === undefined || font === "" ? "Helvetica" : "Own";
  if (name === "Own") {
    const data = await readFile(font!).catch((cause: unknown) => {
      throw new InkstoneError("E_INPUT_MISSING", { path: font! }, { cause });
    });
    maker.virtualfs.writeFileSync("own-font", data);
    maker.setFonts({ Own: { normal: "own-font", bold: "own-font" } });
  } else maker.setFonts({ Helvetica: { normal: "Helvetica", bold: "Helvetica-Bold" } });
  const content = [
    { text: title, fontSize: 16, bold: true, margin: [0, 0, 0, 12] },
    ...clauses.map(({ text }) => ({ text, margin: [0, 0, 0, 8] })),
    { text: notice, fontSize: 8, margin: [0, 16, 0, 0] },
  ];
  return maker
    .createPdf({
      info: { title, subject: notice, creator: "Inkstone" },
      language,
      content,
      defaultStyle: { font: name, fontSize: 11, lineHeight: 1.25 },
    })
    .getBuffer();
}
