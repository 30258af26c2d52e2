// Law: letters from typed questions, each clause with the answers that it rests on. No advice, no research, no model.
export { legalDocx } from "./docx.ts";
export { type LegalClause, LegalForm, type LegalLetter, type LegalQuestion, legalNotice } from "./form.ts";
export { shippedForm, shippedForms } from "./shipped.ts";
