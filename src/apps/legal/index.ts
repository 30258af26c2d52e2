// Law: letters from typed questions, each clause with the answers that it rests on; contracts read against a playbook; answers from sources of a jurisdiction. No advice, no model.
export { type ClauseKind, clauseKinds, clausesOf } from "./clauses.ts";
export { legalDocx } from "./docx.ts";
export type { ContractDate, ContractMoney, ContractParty, ContractPeriod, ContractSpan } from "./facts.ts";
export { type LegalClause, LegalForm, type LegalLetter, type LegalQuestion, legalNotice } from "./form.ts";
export { type KindScores, type KindTraining, kindsIn, type LearnedKind, signedClause, type TrainedKinds, trainClauseKinds } from "./kinds.ts";
export { type LegalPdfOptions, legalPdf } from "./pdf.ts";
export { defaultPlaybook, type Playbook, type PlaybookFlag, parsePlaybook } from "./playbook.ts";
export { legalResearch } from "./research.ts";
export { type ContractReview, longestContract, type ReviewedClause, type ReviewOptions, reviewContract } from "./review.ts";
export { shippedForm, shippedForms } from "./shipped.ts";
