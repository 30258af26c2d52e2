// store: everything that outlives a process, in a file of SQLite or on a PostgreSQL server. The one room with SQL. Knows no models and no HTTP.
export { Audit, type AuditEntry, type KeptAuditEntry } from "./audit.ts";
export {
  Feedback,
  type FeedbackFormat,
  type FeedbackRow,
  type FeedbackTurn,
  feedbackCounts,
  feedbackFormats,
  type JudgedAnswer,
  trainingRows,
} from "./feedback.ts";
export { type Job, type JobState, Jobs } from "./jobs.ts";
export { type AccessKey, type KeyScope, Keys } from "./keys.ts";
export {
  Knowledge,
  type KnowledgeBaseRow,
  type KnowledgeChunk,
  type KnowledgeDocument,
  type KnowledgeSegment,
  type NewKnowledgeDocument,
} from "./knowledge.ts";
export { Records, type StoredRecord } from "./records.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
