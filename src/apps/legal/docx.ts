// A letter as DOCX. Knows no form and no answers.
import { optionalPackage } from "../../formats/index.ts";
import type { LegalLetter } from "./form.ts";

/**
 * The letter as a DOCX file. Errors: E_PACKAGE_MISSING without docx.
 *
 * @example
 * const letter = shippedForm("tenancy").write({ jurisdiction: "Ireland", sender: "A", recipient: "B", today: "2026-03-05", address: "C", leaving: "2026-04-05", deposit: false });
 * (await legalDocx(letter))[0]; // 80
 */
export async function legalDocx({ title, clauses, notice }: LegalLetter): Promise<Uint8Array> {
  const { Document, HeadingLevel, Packer, Paragraph } = await optionalPackage(
    "docx@9.15.2",
    { en: "DOCX files", zh: "生成 DOCX 文件" },
    () => import("docx"),
  );
  const children = [
    new Paragraph({ text: title, heading: HeadingLevel.TITLE }),
    ...clauses.map(({ text }) => new Paragraph(text)),
    new Paragraph(notice),
  ];
  return Packer.toBuffer(new Document({ sections: [{ children }] }));
}
