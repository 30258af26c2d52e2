// Errors of optimisers.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface OptimiserErrors {
  E_STEP: { parameter: Phrase };
  E_OPTIMIZER_PARAMETERS: { why: Phrase };
  E_OPTIMIZER_STATE: { why: Phrase };
}

const invalid = { exit: 65, status: 400, type: "invalid_request_error" } as const;

/** The words. */
export const optimiserErrors: Catalogue<OptimiserErrors> = {
  E_STEP: {
    ...invalid,
    type: "numeric_error",
    en: {
      message: "The gradient of {parameter} is not finite: it holds NaN or infinity, or its square overflows.",
      hint: "Look at the data of this step for NaN; lower the learning rate, warm it up, or clip gradients (clipnorm, maxGradNorm). Unless checkFirst is false, no weight was changed.",
    },
    zh: {
      message: "{parameter} 的梯度不是有限值：含有 NaN 或无穷大，或其平方溢出。",
      hint: "请检查这一步的数据中是否有 NaN；降低学习率、使用预热，或裁剪梯度（clipnorm、maxGradNorm）。除非 checkFirst 为 false，权重均未改变。",
    },
  },
  E_OPTIMIZER_PARAMETERS: {
    ...invalid,
    en: { message: "The optimiser cannot use these parameters: {why}.", hint: "Give it the trainable f32 parameters of the model, each once." },
    zh: { message: "优化器无法使用这些参数：{why}。", hint: "请提供模型的可训练 f32 参数，每个只给一次。" },
  },
  E_OPTIMIZER_STATE: {
    ...invalid,
    en: { message: "This state does not fit the optimiser: {why}.", hint: "Make the optimiser and the model as they were when the state was saved." },
    zh: { message: "该状态与优化器不符：{why}。", hint: "请按保存状态时的方式创建优化器和模型。" },
  },
};
