// support: customer service from examples, flows and documents.
export { Conversation, type ConversationParts, type TurnOptions } from "./conversation.ts";
export { type Emotion, emotionOf, type Felt, wantsPerson } from "./emotion.ts";
export { evaluateUnderstanding, readSupportRows, type SupportEvaluation } from "./evaluate.ts";
export { type IntentExample, type MarkedEntity, parseExample } from "./examples.ts";
export { cents, exchange, fee, interest } from "./finance.ts";
export { projectDigest, readSupportProject } from "./project.ts";
export { type SupportAnalytics, SupportService, type TrainedSupport, trainSupport, type WaitingTalk } from "./service.ts";
export { type Skill, type SkillContext, supportSkills } from "./skills.ts";
export { type HandOver, type HandOverReason, newTalk, type SupportReply, type Talk } from "./state.ts";
export { StoryPolicy, storiesOf } from "./stories.ts";
export { type SavedTagger, SlotTagger, supportTokens } from "./tagger.ts";
export type { Flow, SlotRule, SlotType, Story, StoryStep, SupportProject, SupportSettings } from "./types.ts";
export { type SavedUnderstanding, Understanding, type Understood } from "./understand.ts";
export { parseNumber, parseYesNo, slotValue } from "./values.ts";
