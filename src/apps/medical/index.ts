// Medicine, within what is safe: identifiers out of a note, what it says with its places, its days in order. No diagnosis, no treatment; nothing leaves the machine.
export { contextOf, type FindingContext } from "./context.ts";
export { type ReportedFinding, type SourceFinding, sourceFinding } from "./findings.ts";
export { type ClinicianQuestion, clinicianQuestions } from "./questions.ts";
export {
  type MedicalDrug,
  type MedicalProblem,
  type MedicalRecord,
  type MedicalSection,
  type MedicalSpan,
  type MedicalValue,
  medicalNotice,
  readMedical,
} from "./record.ts";
export { type MedicalSearch, medicalSearch, type StudyKind, studyKind, studyKinds } from "./search.ts";
export { type MedicalEvent, medicalTimeline } from "./timeline.ts";
