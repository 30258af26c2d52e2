// Moderation: sensitive words and the ways around a list, trained classifiers, policies. Rules and data; models only where a policy names them.

export { type DriftFinding, type DriftPost, type DriftReport, moderationDrift } from "./drift.ts";
export { type DryRun, dryRun, type PastPost } from "./dry-run.ts";
export { type ModerationLabel, moderationLabels, starterWords } from "./lexicon.ts";
export { longestPost, type ModerationSpan, Moderator, type Verdict } from "./moderator.ts";
export { defaultPolicy, type Policy, type PolicyClassifier, type PolicyReading, parsePolicy, readPolicy, type Thresholds } from "./policy.ts";
export { type CaseDecision, type CaseState, caseStates, type ModerationCase, ModerationQueue, type QueueOutcomes } from "./queue.ts";
export type { ModerationAction, Post, Rule, RuleSpan } from "./rules.ts";
export { type GroupStatement, groupStatements, type StatementKind } from "./statements/index.ts";
export { type LabelThreshold, type ModerationTraining, type TrainedModeration, trainModeration } from "./train.ts";
export type { Evasion } from "./variants.ts";
export { type FilterWord, longestWord, WordFilter, type WordFilterOptions, type WordHit } from "./word-filter.ts";
