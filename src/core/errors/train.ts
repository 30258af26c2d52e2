// Errors of training and of trying models.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface TrainErrors {
  E_RESUME: { file: string; why: Phrase };
  E_PIPELINE: { file: string; why: Phrase };
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
      message: '"{file}" is no pipeline that can be opened: {why}.',
      hint: "Train it again with `inkstone classify train`, or open it with the version that wrote it.",
    },
    zh: { message: "无法打开流水线“{file}”：{why}。", hint: "请用 `inkstone classify train` 重新训练，或用写入它的版本打开。" },
  },
};
