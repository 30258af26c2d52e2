// answers: from sources, with their places, or none.
export { answerFrom } from "./answer.ts";
export { type Claim, type ClaimKind, claimsOf, Sources } from "./claims.ts";
export { type Evidence, type EvidenceFeatures, evidenceOf, type Rareness, type SourcePassage, type SourceSentence, withMeaning } from "./evidence.ts";
export { type InjectionSign, injectionSign } from "./injected.ts";
export type { AnswerOptions, AnswerWriter, Citation, GroundedAnswer, RefusalReason, Unsupported } from "./types.ts";
export { heldToSources } from "./worded.ts";
