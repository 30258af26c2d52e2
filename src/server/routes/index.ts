// Every route family, in one list. Knows what each of them is about, and nothing of how.
import type { FastifyInstance } from "fastify";
import type { ServerContext } from "../context.ts";
import { addInsightRoutes } from "./apps/insight.ts";
import { addKnowledgeRoutes } from "./apps/knowledge.ts";
import { addLanguageRoutes } from "./apps/language.ts";
import { addLearnerRoutes } from "./apps/learners.ts";
import { addLegalRoutes } from "./apps/legal.ts";
import { addModerationQueueRoutes } from "./apps/moderation.ts";
import { addSupportRoutes } from "./apps/support.ts";
import { addTextRoutes } from "./apps/texts.ts";
import { addTranslateRoute } from "./apps/translate.ts";
import { addTutorRoutes } from "./apps/tutor.ts";
import { addWritingRoutes } from "./apps/writing.ts";
import { addAudioRoutes } from "./audio.ts";
import { addBatchRoutes } from "./batches.ts";
import { addChatRoute } from "./chat.ts";
import { addClassifierRoutes } from "./classifiers.ts";
import { addClassifyRoute } from "./classify.ts";
import { addCompletionRoute } from "./completions.ts";
import { addDescription, addDocsRoutes } from "./docs.ts";
import { addFileRoutes } from "./files.ts";
import { addHealthRoutes } from "./health.ts";
import { addMessageRoutes } from "./messages.ts";
import { addModelRoutes } from "./models.ts";
import { addModerationRoute } from "./moderations.ts";
import { addOllamaRoutes } from "./ollama.ts";
import { addPageRoutes, type PageFile } from "./page.ts";
import { addPerspectiveRoute } from "./perspective.ts";
import { addPropsRoutes } from "./props.ts";
import { addResponseRoutes } from "./responses.ts";
import { addStoreRoutes } from "./store.ts";
import { addTokenRoutes } from "./tokens.ts";
import { addAdapterRoutes } from "./training/adapters.ts";
import { addEvaluationRoutes } from "./training/evaluations.ts";
import { addFeedbackRoutes } from "./training/feedback.ts";
import { addFineTuningRoutes } from "./training/fine-tuning.ts";
import { addRunRoutes } from "./training/runs.ts";
import { addTranslationRoute } from "./translation.ts";
import { addVectorRoutes } from "./vectors.ts";

type Family = (app: FastifyInstance, context: ServerContext) => void | Promise<void>;

const families: readonly Family[] = [
  addHealthRoutes,
  addPropsRoutes,
  addModelRoutes,
  addChatRoute,
  addCompletionRoute,
  addResponseRoutes,
  addFileRoutes,
  addBatchRoutes,
  addFineTuningRoutes,
  addVectorRoutes,
  addAudioRoutes,
  addTranslationRoute,
  addModerationRoute,
  addTokenRoutes,
  addMessageRoutes,
  addOllamaRoutes,
  addStoreRoutes,
  addFeedbackRoutes,
  addAdapterRoutes,
  addEvaluationRoutes,
  addRunRoutes,
  addClassifierRoutes,
  addClassifyRoute,
  addKnowledgeRoutes,
  addSupportRoutes,
  addInsightRoutes,
  addTextRoutes,
  addModerationQueueRoutes,
  addPerspectiveRoute,
  addWritingRoutes,
  addLegalRoutes,
  addTutorRoutes,
  addLearnerRoutes,
  addLanguageRoutes,
  addTranslateRoute,
];

/** Adds all routes. */
export async function addRoutes(app: FastifyInstance, context: ServerContext, page: readonly PageFile[]): Promise<void> {
  await addDescription(app);
  for (const add of families) await add(app, context);
  addDocsRoutes(app);
  addPageRoutes(app, page);
}
