// Errors of data: a row that is not what its file promises, a file that unpacks without end, a set that cannot be split.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. `line` and `column` count from 1 (column in UTF-16 units), `offset` counts bytes from the start of the (unpacked) file. */
export interface DataErrors {
  E_DATA_ROW: { file: string; line: number; column: number; why: Phrase };
  E_DATA_LINE_BYTES: { file: string; line: number; limit: number };
  E_DATA_DEPTH: { file: string; line: number; column: number; limit: number };
  E_DATA_ENCODING: { file: string; line: number; offset: number; why: Phrase };
  E_DATA_PACKED: { file: string; why: Phrase };
  E_DATA_SIZE: { file: string; what: Phrase; limit: number };
  E_DATA_DOCUMENT: { file: string; why: Phrase };
  E_DATA_KIND: { file: string; supported: string };
  E_DATA_COLUMN: { file: string; column: string; found: string };
  E_DATA_SHAPE: { where: string; why: Phrase };
  E_DATA_EMPTY: { what: Phrase };
  E_DATA_FOLDER: { folder: string; found: Phrase; supported: string };
  E_DATA_SHORT: { what: Phrase; found: number; needed: number };
  E_DATA_SPLIT: { why: Phrase };
  E_DATA_USED: { what: string };
  E_EVALUATION_DATA: { task: string; file: string; folders: string };
  E_EVALUATION_EXAMPLES: { task: string; wanted: number; found: number };
  E_EVALUATION_NEEDS: { task: string; model: string };
  E_EVALUATION_BASELINE: { why: Phrase };
  E_EVALUATION_LABELS: { found: string; learned: string };
  E_PACKAGE_MISSING: { package: string; purpose: Phrase };
}

const bad = { exit: 65, status: 400, type: "invalid_data" } as const;
const mend = {
  en: hint(
    "Correct or remove this row; broken rows other than the header can also be skipped and counted: --skip-bad; in a recipe: data.skipBad.",
    "Correct or remove this row; broken rows other than the header can also be skipped and counted (skipBad).",
    "Correct or remove this row; broken rows other than the header can also be skipped and counted (skip_bad=true).",
  ),
  zh: hint(
    "请修正或删除此行；表头以外的损坏的行也可以用 --skip-bad（配方中为 data.skipBad）跳过并计数。",
    "请修正或删除此行；表头以外的损坏的行也可以跳过并计数（skipBad）。",
    "请修正或删除此行；表头以外的损坏的行也可以跳过并计数（skip_bad=true）。",
  ),
} as const;

/** Exit code, HTTP status and words of each. */
export const dataErrors: Catalogue<DataErrors> = {
  E_DATA_ROW: {
    ...bad,
    en: { message: "{file}:{line}:{column}: {why}.", hint: mend.en },
    zh: { message: "{file}:{line}:{column}：{why}。", hint: mend.zh },
  },
  E_DATA_LINE_BYTES: {
    ...bad,
    en: { message: "{file}:{line}:1: the row is longer than max_line_bytes = {limit}.", hint: mend.en },
    zh: { message: "{file}:{line}:1：此行超过 max_line_bytes = {limit}。", hint: mend.zh },
  },
  E_DATA_DEPTH: {
    ...bad,
    en: { message: "{file}:{line}:{column}: JSON nested deeper than {limit}.", hint: mend.en },
    zh: { message: "{file}:{line}:{column}：JSON 嵌套超过 {limit} 层。", hint: mend.zh },
  },
  E_DATA_ENCODING: {
    ...bad,
    en: {
      message: "{file}:{line}: {why} at byte {offset}.",
      hint: hint(
        "Name the file's encoding (gb18030, big5, utf-16le, shift_jis, windows-1252 …; --encoding; in a recipe: data.encoding), or save it as UTF-8; a NUL must be removed.",
        "Name the file's encoding (gb18030, big5, utf-16le, shift_jis, windows-1252 …), or save it as UTF-8; a NUL must be removed.",
      ),
    },
    zh: {
      message: "{file}:{line}：{why}，位于字节 {offset}。",
      hint: hint(
        "请指明文件编码（gb18030、big5、utf-16le、shift_jis、windows-1252 等；--encoding，配方中为 data.encoding），或另存为 UTF-8；NUL 字节需删除。",
        "请指明文件编码（gb18030、big5、utf-16le、shift_jis、windows-1252 等），或另存为 UTF-8；NUL 字节需删除。",
      ),
    },
  },
  E_DATA_PACKED: {
    ...bad,
    en: { message: '"{file}" cannot be unpacked: {why}.', hint: "Unpack it yourself if you trust it, and give the unpacked file." },
    zh: { message: "无法解开“{file}”：{why}。", hint: "若信任此文件，请自行解压后再提供。" },
  },
  E_DATA_SIZE: {
    ...bad,
    status: 413,
    en: { message: '"{file}": {what} is more than {limit}.', hint: "Cut it into smaller files." },
    zh: { message: "“{file}”：{what}超过 {limit}。", hint: "请将其拆分为较小的文件。" },
  },
  E_DATA_DOCUMENT: {
    ...bad,
    status: 422,
    en: { message: '"{file}" cannot be read: {why}.', hint: "Check that it opens in its own program and is not encrypted; save it anew." },
    zh: { message: "无法读取“{file}”：{why}。", hint: "请确认它能在原程序中打开且未加密；然后重新保存。" },
  },
  E_DATA_KIND: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'What kind of data is in "{file}"? Known: {supported}.',
      hint: "Give the file its usual ending; save a spreadsheet as CSV UTF-8; of an archive, give the file inside.",
    },
    zh: {
      message: "无法判断“{file}”的数据格式。支持：{supported}。",
      hint: "请使用常用扩展名；电子表格请另存为 CSV UTF-8；压缩包请提供其中的文件。",
    },
  },
  E_DATA_COLUMN: {
    exit: 65,
    status: 400,
    type: "invalid_data",
    en: {
      message: '"{file}" has no column "{column}"; it has: {found}.',
      hint: hint(
        "Name one of its columns (--text, --label, --column; in a recipe: data.column). If these are the cells of a first row: --no-header, and columns are 1, 2, 3 …",
        "Name one of its columns.",
      ),
    },
    zh: {
      message: "“{file}”没有“{column}”列；已有：{found}。",
      hint: hint(
        "请用 --text、--label、--column（配方中为 data.column）指定其中一列。若所列其实是第一行数据，请加 --no-header，列名即为 1、2、3……",
        "请指定其中一列。",
      ),
    },
  },
  E_DATA_SHAPE: {
    ...bad,
    en: { message: "{where}: {why}.", hint: "Compare it with the examples of this format in the documentation, or skip such rows." },
    zh: { message: "{where}：{why}。", hint: "请对照文档中该格式的示例，或跳过此类行。" },
  },
  E_DATA_EMPTY: {
    ...bad,
    en: { message: "There is no row in {what}.", hint: "Check the file, the columns that were named, and how many rows were skipped." },
    zh: { message: "{what}中没有任何行。", hint: "请检查文件、所选列以及被跳过的行数。" },
  },
  E_DATA_FOLDER: {
    ...bad,
    en: {
      message: "There is no text in {folder}; found: {found}.",
      hint: "Of folders, files with these endings are read: {supported}. Any other plain text is read once it is called .txt.",
    },
    zh: {
      message: "{folder} 中没有文本文件；其中有：{found}。",
      hint: "文件夹中只读取以下扩展名的文件：{supported}。其他纯文本请改用 .txt 扩展名。",
    },
  },
  E_DATA_SHORT: {
    ...bad,
    en: {
      message: "{what} has {found} tokens for training; one window takes {needed}.",
      hint: "Give it more text, a shorter model.contextLength, or a smaller data.validation.",
    },
    zh: {
      message: "{what}可用于训练的词元只有 {found} 个，而一个窗口需要 {needed} 个。",
      hint: "请提供更多文本，或减小 model.contextLength 或 data.validation。",
    },
  },
  E_DATA_SPLIT: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The data cannot be split so: {why}.", hint: "Ask for fewer folds where there are more than 2, or gather more rows." },
    zh: { message: "无法如此划分数据：{why}。", hint: "若折数大于 2，请减少折数；或补充更多行。" },
  },
  E_EVALUATION_DATA: {
    ...bad,
    exit: 66,
    en: {
      message: "The task {task} needs the data set {file}, which is in none of: {folders}.",
      hint: hint(
        "Put the data set there, or name the folder of data sets (--data, or INKSTONE_EVALUATION_DATA). Data sets do not come with Inkstone: their licences differ.",
        "Put the data set there, or name the folder of data sets (INKSTONE_EVALUATION_DATA). Data sets do not come with Inkstone: their licences differ.",
      ),
    },
    zh: {
      message: "任务 {task} 需要数据集 {file}，但以下位置均没有：{folders}。",
      hint: hint(
        "请将数据集放到其中一处，或指明数据集所在文件夹（--data 或 INKSTONE_EVALUATION_DATA）。数据集许可各异，不随 Inkstone 提供。",
        "请将数据集放到其中一处，或指明数据集所在文件夹（INKSTONE_EVALUATION_DATA）。数据集许可各异，不随 Inkstone 提供。",
      ),
    },
  },
  E_EVALUATION_EXAMPLES: {
    ...bad,
    en: { message: "The task {task} has {found} examples to be shown before a question, {wanted} were asked for.", hint: "Ask for fewer examples." },
    zh: { message: "任务 {task} 可用的示例只有 {found} 个，而要求 {wanted} 个。", hint: "请减少示例数。" },
  },
  E_EVALUATION_NEEDS: {
    ...bad,
    exit: 64,
    en: {
      message: "The task {task} asks how likely given texts are, which {model} does not tell.",
      hint: "Take a model of this machine, or a task that is answered in writing (gsm8k, triviaqa, bbh, ifeval).",
    },
    zh: {
      message: "任务 {task} 需要给定文本的概率，而 {model} 不提供。",
      hint: "请使用本机模型，或选择以书写作答的任务（gsm8k、triviaqa、bbh、ifeval）。",
    },
  },
  E_EVALUATION_BASELINE: {
    ...bad,
    en: {
      message: "The baseline cannot be compared with: {why}.",
      hint: hint(
        "Give a report that `inkstone evaluate MODEL --tasks … --report FILE.json` wrote, of the same tasks.",
        "Give a JSON report of an evaluation on the same tasks.",
      ),
    },
    zh: {
      message: "无法与该基线比较：{why}。",
      hint: hint("请提供由 `inkstone evaluate MODEL --tasks … --report 文件.json` 写出的、相同任务的报告。", "请提供相同任务的 JSON 评估报告。"),
    },
  },
  E_EVALUATION_LABELS: {
    ...bad,
    en: {
      message: "No label of the data is one that the classifier knows: the data has {found}; it knows {learned}.",
      hint: "Spell the labels of the data as it learned them.",
    },
    zh: { message: "数据中的标签均不在分类器已学的标签之中：数据为 {found}；分类器为 {learned}。", hint: "请将数据中的标签改为与训练时一致的写法。" },
  },
  E_DATA_USED: {
    exit: 64,
    status: 500,
    type: "internal_error",
    en: {
      message: "{what} can be read only once, and was read before.",
      hint: "Give a list, or a function that begins anew: Dataset.from(() => …).",
    },
    zh: { message: "{what} 只能读取一次，此前已读过。", hint: "请提供列表，或可重新开始的函数：Dataset.from(() => …)。" },
  },
  E_PACKAGE_MISSING: {
    exit: 78,
    status: 503,
    type: "configuration_error",
    en: { message: "The package {package} is not installed; it is needed for {purpose}.", hint: "Install it: npm install {package}" },
    zh: { message: "未安装 {package}，{purpose}需要它。", hint: "请安装：npm install {package}" },
  },
};
