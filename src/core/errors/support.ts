// Errors of the applications for customers and for markets: projects that do not fit together, sessions of others, tables without what is asked.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface SupportErrors {
  E_SUPPORT_PROJECT: { file: string; place: string; why: Phrase };
  E_SUPPORT_UNTRAINED: { project: string };
  E_SUPPORT_CUSTOMER: { session: string };
  E_SUPPORT_SKILL: { skill: string; why: Phrase };
}

/** Exit code, HTTP status and words of each. */
export const supportErrors: Catalogue<SupportErrors> = {
  E_SUPPORT_PROJECT: {
    exit: 65,
    status: 400,
    type: "invalid_project",
    en: { message: "{file}, {place}: {why}.", hint: "Correct the project; examples/support shows what its files look like." },
    zh: { message: "{file}，{place}：{why}。", hint: "请修正项目文件；写法参见 examples/support。" },
  },
  E_SUPPORT_UNTRAINED: {
    exit: 66,
    status: 404,
    type: "not_trained",
    en: {
      message: 'The project "{project}" has not been trained, or has changed since.',
      hint: hint("Train it: inkstone support train {project}.", "Train it first.", "The operator has to train it."),
    },
    zh: {
      message: "项目“{project}”尚未训练，或训练后已有改动。",
      hint: hint("请先训练：inkstone support train {project}。", "请先训练。", "须由运行者先行训练。"),
    },
  },
  E_SUPPORT_CUSTOMER: {
    exit: 65,
    status: 403,
    type: "permission_error",
    en: {
      message: 'The session "{session}" belongs to another customer.',
      hint: "Begin a session of one's own; a session never changes its customer.",
    },
    zh: { message: "会话“{session}”属于另一位客户。", hint: "请新建会话；会话不可更换客户。" },
  },
  E_SUPPORT_SKILL: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: 'The skill "{skill}" cannot do this: {why}.', hint: "See the skill's parameters, and the data that the project gives it." },
    zh: { message: "技能“{skill}”无法执行：{why}。", hint: "请查看该技能的参数以及项目为其提供的数据。" },
  },
};
