// Errors of recipes and runs of training.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface RunErrors {
  E_RECIPE: { file: string; field: string; why: Phrase };
  E_RUN_BUSY: { run: string; pid: number };
  E_RUN_FOLDER: { run: string; why: Phrase };
  E_RUN_THERE: { run: string };
  E_RUN_CHANGED: { run: string; changes: Phrase };
  E_RANKS: { why: Phrase };
  E_RANKS_FIRST: { rank: number };
}

const usage = { exit: 64, status: 400, type: "invalid_request_error" } as const;

/** The words. */
export const runErrors: Catalogue<RunErrors> = {
  E_RECIPE: {
    ...usage,
    en: {
      message: 'The recipe "{file}" cannot be used: {field}: {why}.',
      hint: hint("`inkstone init` writes a recipe with every field and its default.", "Correct this field of the recipe."),
    },
    zh: {
      message: "配方“{file}”不可用：{field}：{why}。",
      hint: hint("`inkstone init` 会写出包含全部字段及默认值的配方。", "请更正配方中的此字段。"),
    },
  },
  E_RUN_BUSY: {
    exit: 73,
    status: 409,
    type: "conflict",
    en: {
      message: 'Another training is at work in "{run}": it is locked by pid {pid}.',
      hint: hint("Wait for it or stop it; or train into another folder with --output.", "Wait for it or stop it; or train into another folder."),
    },
    zh: {
      message: "“{run}”中已有另一个训练正在进行（进程 {pid}）。",
      hint: hint("请等待或停止它；或用 --output 指定其他文件夹。", "请等待或停止它；或指定其他文件夹。"),
    },
  },
  E_RUN_FOLDER: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: '"{run}" cannot be opened as a training run: {why}.', hint: "A run is a folder that `inkstone train` wrote." },
    zh: { message: "“{run}”不是可打开的运行：{why}。", hint: "运行是由 `inkstone train` 写入的文件夹。" },
  },
  E_RUN_THERE: {
    ...usage,
    en: {
      message: 'There is a run in "{run}" already.',
      hint: hint("Go on with it by --resume, or train into another folder with --output.", "Go on with it (resume), or train into another folder."),
    },
    zh: {
      message: "“{run}”中已有一次运行。",
      hint: hint("用 --resume 继续它，或用 --output 指定其他文件夹。", "请继续该运行（resume），或指定其他文件夹。"),
    },
  },
  E_RUN_CHANGED: {
    ...usage,
    en: {
      message: 'The recipe or its data are not those of the run "{run}": {changes}.',
      hint: hint(
        "Resume with the recipe and the data as they were, or begin a run of its own with --output; --allow-mismatch goes on all the same. Budget and evaluation may change.",
        "Resume with the recipe and the data as they were, or begin a run in a folder of its own; allowMismatch goes on all the same. Budget and evaluation may change.",
      ),
    },
    zh: {
      message: "配方或数据与运行“{run}”的不同：{changes}。",
      hint: hint(
        "请用原配方和原数据继续，或用 --output 另起一次运行；确要继续请加 --allow-mismatch。预算和评估设置可以更改。",
        "请用原配方和原数据继续，或在其他文件夹另起一次运行；确要继续请设置 allowMismatch。预算和评估设置可以更改。",
      ),
    },
  },
  E_RANKS: {
    exit: 75,
    status: 503,
    type: "service_unavailable",
    en: {
      message: "The processes of this training cannot work together: {why}.",
      hint: hint(
        "Start them with Open MPI's mpirun, its library (libmpi.so.40) on every machine; INKSTONE_MPI names another file. Stop and start all of them, with --resume.",
        "Start them with Open MPI's mpirun, its library (libmpi.so.40) on every machine; INKSTONE_MPI names another file. Stop and start all of them, resuming the run.",
      ),
    },
    zh: {
      message: "此训练的各进程无法协同工作：{why}。",
      hint: hint(
        "请用 Open MPI 的 mpirun 启动，每台机器都要装有它的库（libmpi.so.40）；可用 INKSTONE_MPI 指定其他文件。请停止全部进程后用 --resume 重新启动。",
        "请用 Open MPI 的 mpirun 启动，每台机器都要装有它的库（libmpi.so.40）；可用 INKSTONE_MPI 指定其他文件。请停止全部进程后从检查点继续。",
      ),
    },
  },
  E_RANKS_FIRST: {
    exit: 75,
    status: 503,
    type: "service_unavailable",
    en: { message: "Process {rank} ends because the first one failed.", hint: "What failed is told by the first process (rank 0)." },
    zh: { message: "首个进程失败，进程 {rank} 随之结束。", hint: "失败原因见首个进程（rank 0）的输出。" },
  },
};
