// Errors of training and of trying models.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface TrainErrors {
  E_RESUME: { file: string; why: Phrase };
  E_PIPELINE: { file: string; why: Phrase };
  E_PIPELINE_TASK: { task: string; model: string; why: Phrase };
  E_NOT_COMPILED: { method: string };
  E_FIT_RUNNING: Record<string, never>;
  E_TRAINING_DATA: { what: string; why: Phrase };
  E_TRAINING_ROW: { what: string; row: number; why: Phrase };
  E_TRAINING_LOSS: { loss: string; epoch: number; step: number };
  E_MODEL_LAYERS: { layer: string; why: Phrase };
  E_MODEL_WEIGHTS: { weight: string; why: Phrase };
  E_MODEL_FOLDER: { file: string; why: Phrase };
  E_NOT_SAVABLE: { what: Phrase; why: Phrase };
}

/** The words. */
export const trainErrors: Catalogue<TrainErrors> = {
  E_RESUME: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'Cannot go on from "{file}": {why}.',
      hint: "Give the data and options of the run that wrote it, or remove the file to begin anew.",
    },
    zh: { message: "无法从“{file}”继续：{why}。", hint: "请使用写入该文件的那次运行的数据和选项，或删除该文件重新开始。" },
  },
  E_PIPELINE: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: '"{file}" cannot be opened as a trained classifier or model: {why}.',
      hint: hint(
        "Train it again with `inkstone classify train`, or open it with the version that wrote it.",
        "Train and save it again, or open it with the version that wrote it.",
      ),
    },
    zh: {
      message: "无法将“{file}”作为已训练的分类器或模型打开：{why}。",
      hint: hint("请用 `inkstone classify train` 重新训练，或用写入它的版本打开。", "请重新训练并保存，或用写入它的版本打开。"),
    },
  },
  E_PIPELINE_TASK: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: '"{model}" cannot do {task}: {why}',
      hint: hint(
        "Give a model that was trained for it, or tune one: inkstone finetune --help.",
        "Give a model that was trained for it, or tune one.",
      ),
    },
    zh: {
      message: "“{model}”无法执行 {task}：{why}",
      hint: hint("请使用为该任务训练的模型，或自行微调：inkstone finetune --help。", "请使用为该任务训练的模型，或自行微调。"),
    },
  },
  E_NOT_COMPILED: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: { message: "{method} needs a compiled model.", hint: "Call model.compile({ optimizer, loss }) first." },
    zh: { message: "{method} 需要已编译的模型。", hint: "请先调用 model.compile({ optimizer, loss })。" },
  },
  E_FIT_RUNNING: {
    exit: 64,
    status: 409,
    type: "conflict",
    en: { message: "This model is being trained already.", hint: "Wait for the fit that is under way, or end it with its signal; then call again." },
    zh: { message: "此模型正在训练中。", hint: "请等待当前的 fit 结束，或用其 signal 终止它，然后再调用。" },
  },
  E_TRAINING_DATA: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The data {what} cannot be used: {why}.", hint: "Nothing was trained on it; correct the data and call again." },
    zh: { message: "数据 {what} 不可用：{why}。", hint: "尚未用它训练；请修正数据后重新调用。" },
  },
  E_TRAINING_ROW: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "Row {row} of {what} cannot be used: {why}.", hint: "Nothing was trained on it; correct or drop the row (counted from 0)." },
    zh: { message: "{what} 的第 {row} 行（从 0 数起）不可用：{why}。", hint: "尚未用它训练；请修正或删去该行。" },
  },
  E_TRAINING_LOSS: {
    exit: 65,
    status: 422,
    type: "invalid_request_error",
    en: {
      message: "The loss became {loss} in epoch {epoch}, step {step}.",
      hint: "The weights are those before this step. Lower the learning rate, clip gradients (clipnorm: 1), or look at the data of this step.",
    },
    zh: {
      message: "第 {epoch} 轮第 {step} 步的损失变为 {loss}。",
      hint: "权重保持在此步之前。请降低学习率、裁剪梯度（clipnorm: 1），或检查该步的数据。",
    },
  },
  E_MODEL_LAYERS: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: 'Layer "{layer}": {why}.', hint: "Change the layer, or what it is given." },
    zh: { message: "层“{layer}”：{why}。", hint: "请修改该层或其输入。" },
  },
  E_NOT_SAVABLE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "What could not be opened again is not saved: {what}: {why}.",
      hint: "Nothing was written. Change it, or save the weights alone with saveWeights.",
    },
    zh: { message: "无法重新打开的内容不予保存：{what}：{why}。", hint: "未写入任何内容。请修改，或用 saveWeights 只保存权重。" },
  },
  E_MODEL_WEIGHTS: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'The weight "{weight}" does not fit: {why}.',
      hint: "Nothing was changed. Give the weights of a model with the same layers and sizes.",
    },
    zh: { message: "权重“{weight}”不符：{why}。", hint: "未作任何修改。请提供层和尺寸相同的模型的权重。" },
  },
  E_MODEL_FOLDER: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: '"{file}" cannot be opened as a saved model: {why}.',
      hint: "Save it anew with model.save, or open it with the version that wrote it.",
    },
    zh: { message: "无法打开已保存的模型“{file}”：{why}。", hint: "请用 model.save 重新保存，或用写入它的版本打开。" },
  },
};
