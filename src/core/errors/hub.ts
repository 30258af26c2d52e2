// Errors of the model store: names, sources, downloads, the folder itself.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface HubErrors {
  E_MODEL_NAME: { name: string; why: Phrase };
  E_MODEL_UNKNOWN: { name: string; nearest: string };
  E_MODEL_FILE_MISSING: { path: string };
  E_MODEL_NOT_A_FILE: { path: string };
  E_MODEL_NOT_STORED: { name: string; nearest: string };
  E_MODEL_SOURCES: { name: string; reasons: Phrase };
  E_MODEL_OFFLINE: { name: string };
  E_MODEL_DIGEST: { name: string; expected: string; got: string };
  E_MODEL_CHOICE: { name: string; wanted: string; choices: string };
  E_SOURCE: { source: string; why: Phrase };
  E_ARCHIVE: { archive: string; why: Phrase };
  E_STORE: { folder: string; why: Phrase };
}

/** Exit code, HTTP status and words of each. */
export const hubErrors: Catalogue<HubErrors> = {
  E_MODEL_NAME: {
    exit: 64,
    status: 400,
    type: "invalid_model_name",
    en: {
      message: 'The model name "{name}" cannot be used: {why}.',
      hint: "Use a catalogue name (smollm2:135m), a hub name (owner/name or owner/name:quant), or the path of a .gguf file.",
    },
    zh: {
      message: "模型名“{name}”不可用：{why}。",
      hint: "请使用内置模型名（smollm2:135m）、hub 名（owner/name 或 owner/name:量化名），或 .gguf 文件的路径。",
    },
  },
  E_MODEL_UNKNOWN: {
    exit: 66,
    status: 404,
    type: "model_not_found",
    en: {
      message: 'No model is called "{name}".',
      hint: 'The nearest known name is "{nearest}". A hub name has the form owner/name; a file is named by its path.',
    },
    zh: { message: "没有名为“{name}”的模型。", hint: "最接近的已知名称是“{nearest}”。hub 名的形式为 owner/name；文件请写路径。" },
  },
  E_MODEL_FILE_MISSING: {
    exit: 66,
    status: 404,
    type: "model_not_found",
    en: {
      message: 'There is no file "{path}".',
      hint: hint(
        "Check the path. A model by name needs no path: inkstone run smollm2:135m.",
        "Check the path. A model by name needs no path: smollm2:135m.",
      ),
    },
    zh: {
      message: "文件“{path}”不存在。",
      hint: hint("请检查路径。按名称使用模型则无需路径：inkstone run smollm2:135m。", "请检查路径。按名称使用模型则无需路径：smollm2:135m。"),
    },
  },
  E_MODEL_NOT_A_FILE: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: '"{path}" is neither a file nor a folder with a config.json.',
      hint: "Name one .gguf file, or a folder with config.json, safetensors files and a tokenizer; other folders, pipes and devices cannot be opened as a model.",
    },
    zh: {
      message: "“{path}”既不是普通文件，也不是含有 config.json 的文件夹。",
      hint: "请指定一个 .gguf 文件，或含有 config.json、safetensors 权重与分词器的文件夹；其他文件夹、管道和设备不能作为模型打开。",
    },
  },
  E_MODEL_NOT_STORED: {
    exit: 66,
    status: 404,
    type: "model_not_found",
    en: {
      message: 'The model "{name}" is not in the store.',
      hint: hint(
        "`inkstone list` shows what is there. Nearest: {nearest}.",
        "Nearest: {nearest}.",
        "Nearest: {nearest}. GET /v1/models lists what is served.",
      ),
    },
    zh: {
      message: "本地存储中没有模型“{name}”。",
      hint: hint(
        "`inkstone list` 可列出已有的模型。最接近的是：{nearest}。",
        "最接近的是：{nearest}。",
        "最接近的是：{nearest}。GET /v1/models 列出可用的模型。",
      ),
    },
  },
  E_MODEL_SOURCES: {
    exit: 75,
    status: 503,
    type: "model_unavailable",
    en: {
      message: 'The model "{name}" is not available from any of its sources: {reasons}.',
      hint: "Check the network, install pip if it is missing, or set HF_ENDPOINT to a mirror or HTTPS_PROXY to a proxy; what was pulled before works without a network.",
    },
    zh: {
      message: "模型“{name}”的所有来源均不可用：{reasons}。",
      hint: "请检查网络，缺少 pip 时请先安装，或将 HF_ENDPOINT 设为镜像站、HTTPS_PROXY 设为代理；已下载的模型无需网络即可使用。",
    },
  },
  E_MODEL_OFFLINE: {
    exit: 75,
    status: 503,
    type: "model_unavailable",
    en: {
      message: 'The model "{name}" is not in the store, and INKSTONE_OFFLINE forbids fetching it.',
      hint: hint(
        'Unset INKSTONE_OFFLINE and run "inkstone pull {name}" once, or name a file by its path.',
        "Unset INKSTONE_OFFLINE and pull {name} once, or name a file by its path.",
        "The operator has to fetch it once without INKSTONE_OFFLINE.",
      ),
    },
    zh: {
      message: "模型“{name}”不在本地存储中，而 INKSTONE_OFFLINE 禁止下载。",
      hint: hint(
        "请取消 INKSTONE_OFFLINE 后运行一次“inkstone pull {name}”，或直接指定文件路径。",
        "请取消 INKSTONE_OFFLINE 后下载一次 {name}，或直接指定文件路径。",
        "须由运行者在未设置 INKSTONE_OFFLINE 时下载一次。",
      ),
    },
  },
  E_MODEL_DIGEST: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: {
      message: 'What came for "{name}" is not the file that was asked for: SHA-256 {got}, expected {expected}.',
      hint: "Nothing was kept. Pull again; if it happens twice, the source serves another file.",
    },
    zh: {
      message: "为“{name}”取得的文件不符：SHA-256 为 {got}，应为 {expected}。",
      hint: "未保留任何内容。请重新下载；若再次出现，说明该来源提供的是另一个文件。",
    },
  },
  E_MODEL_CHOICE: {
    exit: 64,
    status: 400,
    type: "invalid_model_name",
    en: { message: '"{name}" has no single GGUF file for "{wanted}"; it has: {choices}.', hint: "Name one of them: owner/name:FILE-OR-QUANT." },
    zh: { message: "“{name}”中没有与“{wanted}”唯一对应的 GGUF 文件；可选：{choices}。", hint: "请指定其中之一：owner/name:文件名或量化名。" },
  },
  E_SOURCE: {
    exit: 75,
    status: 503,
    type: "model_unavailable",
    en: { message: "{source}: {why}", hint: "Check the network, or set HF_ENDPOINT to a mirror." },
    zh: { message: "{source}：{why}", hint: "请检查网络，或将 HF_ENDPOINT 设为镜像站。" },
  },
  E_ARCHIVE: {
    exit: 65,
    status: 400,
    type: "invalid_model_file",
    en: { message: 'The archive "{archive}" cannot be read: {why}.', hint: "Fetch it again; if it happens twice, the source serves a damaged file." },
    zh: { message: "无法读取压缩包“{archive}”：{why}。", hint: "请重新下载；若再次出现，说明来源文件已损坏。" },
  },
  E_STORE: {
    exit: 73,
    status: 507,
    type: "storage_error",
    en: { message: 'The model store "{folder}" cannot be written: {why}.', hint: "Set INKSTONE_HOME to a folder that can be written and has room." },
    zh: { message: "模型存储“{folder}”无法写入：{why}。", hint: "请将 INKSTONE_HOME 设为可写且空间充足的文件夹。" },
  },
};
