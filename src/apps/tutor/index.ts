// Education: items with their keys in the source, grades, outlines; what a learner knows, when to review, what to do next; help with language. Rules and small models, no advice beyond them.
export { bloomLevel, bloomOf, trainBloom } from "./bloom.ts";
export { type TutorGrade, TutorGrader } from "./grade.ts";
export { type ItemOptions, tutorItems } from "./items.ts";
export {
  type CorrectedText,
  type Correction,
  correctLanguage,
  type ReadingLevel,
  readingLevels,
  type SimplifiedText,
  simplifyText,
  type VocabularyWord,
  vocabularyOf,
} from "./language/index.ts";
export { type ConceptState, type LearnerState, Learners, type LearnersOptions, type NewAnswer, type ReviewState } from "./learners.ts";
export { type OutlineOptions, type OutlinePlace, type OutlineSection, type TutorOutline, tutorOutline } from "./outline.ts";
export { KnowledgeTracer, type LearnerAnswer, type SavedTracer, type TracerOptions } from "./tracing.ts";
export { type BloomLevel, bloomLevels, type ItemType, itemTypes, type TutorItem, type TutorSource } from "./types.ts";
