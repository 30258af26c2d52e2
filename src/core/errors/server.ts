// Errors of the HTTP server: what a request got wrong, and what the server cannot do now.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface ServerErrors {
  E_JSON: { why: Phrase; position: number };
  E_FIELD: { field: string; why: Phrase };
  E_FIELD_UNKNOWN: { field: string; allowed: string; remedy: Phrase };
  E_BODY_TYPE: { got: string; wanted: string };
  E_BODY_ENCODING: { got: string };
  E_BODY_SIZE: { limit: number };
  E_HEADERS_SIZE: { limit: number };
  E_HTTP: { why: Phrase };
  E_HTTP_TIMEOUT: { headers: number; seconds: number };
  E_HOST: { host: string };
  E_ORIGIN: { origin: string };
  E_ROUTE: { method: string; path: string; remedy: Phrase };
  E_METHOD: { method: string; allowed: string };
  E_SERVED_MODEL: { model: string; served: string };
  E_SERVED_NONE: { kind: Phrase };
  E_SERVED_PATH: { path: string; why: Phrase };
  E_SERVED_KIND: { model: string; is: Phrase; wanted: Phrase; served: string };
  E_SERVED_ABILITY: { model: string; what: Phrase };
  E_RESPONSE: { id: string };
  E_FILES: { limit: number };
  E_KEY: Record<string, never>;
  E_KEY_ROUTE: { path: string; key: string };
  E_KEY_MODEL: { model: string; key: string };
  E_KEY_RATE: { limit: number };
  E_KEY_TOKENS: { key: string; limit: number };
  E_KEYS_NEEDED: { host: string };
  E_QUEUE: { waiting: number; limit: number };
  E_STOPPING: { what: Phrase };
  E_CLASSIFIER: { id: string };
  E_CLASSIFIER_REPORT: { id: string };
  E_CLASSIFIER_THREAD: { why: Phrase };
}

const bad = { exit: 65, status: 400, type: "invalid_request_error" } as const;

/** Exit code, HTTP status and words of each. */
export const serverErrors: Catalogue<ServerErrors> = {
  E_JSON: {
    ...bad,
    en: { message: "The body is not acceptable JSON: {why}, at position {position}.", hint: "Send one JSON object, UTF-8, without duplicate keys." },
    zh: { message: "请求体不是可接受的 JSON：{why}，位置 {position}。", hint: "请发送一个 UTF-8 编码、无重复键的 JSON 对象。" },
  },
  E_FIELD: {
    ...bad,
    en: { message: '"{field}": {why}.', hint: "Correct this field; GET /v1/limits lists the limits." },
    zh: { message: "“{field}”：{why}。", hint: "请更正此字段；GET /v1/limits 列出各项限制。" },
  },
  E_FIELD_UNKNOWN: {
    ...bad,
    en: { message: 'The field "{field}" is not supported.', hint: "{remedy} Nothing is ignored silently here. Supported: {allowed}." },
    zh: { message: "不支持字段“{field}”。", hint: "{remedy}这里不会静默忽略任何字段。支持：{allowed}。" },
  },
  E_BODY_TYPE: {
    exit: 65,
    status: 415,
    type: "invalid_request_error",
    en: { message: 'The content type "{got}" is not supported.', hint: "Send {wanted}." },
    zh: { message: "不支持内容类型“{got}”。", hint: "请发送 {wanted}。" },
  },
  E_BODY_ENCODING: {
    exit: 65,
    status: 415,
    type: "invalid_request_error",
    en: { message: 'The content encoding "{got}" is not supported.', hint: "Send the body uncompressed." },
    zh: { message: "不支持内容编码“{got}”。", hint: "请发送未压缩的请求体。" },
  },
  E_BODY_SIZE: {
    exit: 65,
    status: 413,
    type: "invalid_request_error",
    en: { message: "The body is larger than {limit} bytes.", hint: "Send less at once; GET /v1/limits lists the limits." },
    zh: { message: "请求体超过 {limit} 字节。", hint: "请减少一次发送的内容；GET /v1/limits 列出各项限制。" },
  },
  E_HEADERS_SIZE: {
    exit: 65,
    status: 431,
    type: "invalid_request_error",
    en: { message: "The header block is larger than {limit} bytes.", hint: "Send fewer or shorter headers." },
    zh: { message: "请求头超过 {limit} 字节。", hint: "请减少或缩短请求头。" },
  },
  E_HTTP: {
    ...bad,
    en: { message: "This is not an HTTP/1.1 request that can be answered: {why}.", hint: "Use an ordinary HTTP client." },
    zh: { message: "这不是可处理的 HTTP/1.1 请求：{why}。", hint: "请使用普通的 HTTP 客户端。" },
  },
  E_HTTP_TIMEOUT: {
    exit: 75,
    status: 408,
    type: "invalid_request_error",
    en: {
      message: "The request did not arrive in time: its headers have {headers} seconds, the whole of it {seconds}.",
      hint: "Send it again, whole.",
    },
    zh: { message: "请求未及时到达：请求头限 {headers} 秒，整个请求限 {seconds} 秒。", hint: "请重新完整发送。" },
  },
  E_HOST: {
    exit: 64,
    status: 403,
    type: "forbidden",
    en: {
      message: 'The host name "{host}" is not one of this server.',
      hint: hint(
        "Use the address that it listens on; a name in front of it (a proxy, a container) has to be allowed when it is started: --allow-host.",
        "Use the address that it listens on; a name in front of it (a proxy, a container) has to be allowed when it is started (allowedHosts).",
        "Use the address that it listens on; a name in front of it (a proxy, a container) has to be allowed when it is started, by its operator.",
      ),
    },
    zh: {
      message: "主机名“{host}”不属于本服务器。",
      hint: hint(
        "请使用其监听地址；经代理或容器访问时，须在启动时用 --allow-host 允许该主机名。",
        "请使用其监听地址；经代理或容器访问时，须在启动时允许（allowedHosts）该主机名。",
        "请使用其监听地址；经代理或容器访问时，须在启动时由运行者允许该主机名。",
      ),
    },
  },
  E_ORIGIN: {
    exit: 64,
    status: 403,
    type: "forbidden",
    en: {
      message: 'Pages of "{origin}" may not call this server.',
      hint: hint(
        "Call it from its own page or from a program, or allow the page when the server is started: --allow-origin.",
        "Call it from its own page or from a program, or allow the page when the server is started (allowedOrigins).",
        "Call it from its own page or from a program; the operator can allow the page when the server is started.",
      ),
    },
    zh: {
      message: "来自“{origin}”的页面不得调用本服务器。",
      hint: hint(
        "请在其自带页面或程序中调用，或在启动服务器时用 --allow-origin 允许该来源。",
        "请在其自带页面或程序中调用，或在启动服务器时允许（allowedOrigins）该来源。",
        "请在其自带页面或程序中调用；运行者可在启动服务器时允许该来源。",
      ),
    },
  },
  E_ROUTE: {
    exit: 64,
    status: 404,
    type: "not_found",
    en: { message: "There is no {method} {path} here.", hint: "{remedy} GET /docs lists all." },
    zh: { message: "没有 {method} {path} 这个接口。", hint: "{remedy}GET /docs 列出全部接口。" },
  },
  E_METHOD: {
    exit: 64,
    status: 405,
    type: "method_not_allowed",
    en: { message: "{method} is not for this address.", hint: "Use {allowed}." },
    zh: { message: "此地址不支持 {method}。", hint: "请使用 {allowed}。" },
  },
  E_SERVED_MODEL: {
    exit: 66,
    status: 404,
    type: "invalid_request_error",
    en: { message: 'The model "{model}" is not served here.', hint: "Served: {served}." },
    zh: { message: "本服务器不提供模型“{model}”。", hint: "可用：{served}。" },
  },
  E_SERVED_PATH: {
    exit: 66,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'Nothing of "{path}" can be served: {why}.',
      hint: "Name a model, a .gguf file, or a folder of models, runs, adapters or classifiers.",
    },
    zh: { message: "“{path}”中没有可提供服务的内容：{why}。", hint: "请指定模型、.gguf 文件，或含有模型、训练运行、适配器、分类器的文件夹。" },
  },
  E_SERVED_NONE: {
    exit: 66,
    status: 501,
    type: "not_implemented",
    en: {
      message: 'Nothing of the kind "{kind}" is served here.',
      hint: "GET /v1/models lists what is served; the operator adds models when the server is started.",
    },
    zh: { message: "本服务器未提供“{kind}”类的服务。", hint: "GET /v1/models 列出可用的模型；运行者可在启动服务器时添加。" },
  },
  E_SERVED_KIND: {
    exit: 66,
    status: 400,
    type: "invalid_request_error",
    en: { message: 'The model "{model}" is served for {is}, not for {wanted}.', hint: "For {wanted}: {served}." },
    zh: { message: "模型“{model}”用于{is}，不能用于{wanted}。", hint: "可用于{wanted}的模型：{served}。" },
  },
  E_SERVED_ABILITY: {
    exit: 66,
    status: 501,
    type: "not_implemented",
    en: { message: 'The model "{model}" cannot {what}.', hint: "Ask for it at the server that runs it, or use a model of this machine." },
    zh: { message: "模型“{model}”无法{what}。", hint: "请直接询问运行它的服务器，或使用本机的模型。" },
  },
  E_RESPONSE: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: { message: 'There is no response "{id}" here.', hint: "The latest ones are kept, for thirty days; send the conversation itself." },
    zh: { message: "不存在响应“{id}”。", hint: "只保留最近的若干个响应，最长三十天；请直接发送对话内容。" },
  },
  E_FILES: {
    exit: 73,
    status: 507,
    type: "storage_full",
    en: { message: "There are {limit} files already, as many as one key may have.", hint: "Delete files that are no longer needed." },
    zh: { message: "已有 {limit} 个文件，达到每个密钥的上限。", hint: "请删除不再需要的文件。" },
  },
  E_KEY: {
    exit: 64,
    status: 401,
    type: "authentication_error",
    en: {
      message: "A key is needed, and this is none.",
      hint: "Send Authorization: Bearer KEY; the operator makes one with `inkstone keys add NAME`.",
    },
    zh: { message: "需要有效的密钥。", hint: "请发送 Authorization: Bearer 密钥；运行者可用 `inkstone keys add 名称` 创建。" },
  },
  E_KEY_ROUTE: {
    exit: 64,
    status: 403,
    type: "permission_error",
    en: {
      message: 'The key "{key}" does not open {path}.',
      hint: hint(
        "Use a key that does; `inkstone keys list` shows what each of them opens.",
        "Use a key that does; the operator knows what each of them opens.",
      ),
    },
    zh: {
      message: "密钥“{key}”无权访问 {path}。",
      hint: hint("请使用有权限的密钥；`inkstone keys list` 可查看各密钥的权限。", "请使用有权限的密钥；运行者可查看各密钥的权限。"),
    },
  },
  E_KEY_MODEL: {
    exit: 64,
    status: 403,
    type: "permission_error",
    en: { message: 'The key "{key}" does not open the model "{model}".', hint: "GET /v1/models lists those that it opens." },
    zh: { message: "密钥“{key}”无权使用模型“{model}”。", hint: "GET /v1/models 列出该密钥可用的模型。" },
  },
  E_KEY_RATE: {
    exit: 75,
    status: 429,
    type: "rate_limit_error",
    en: { message: "More than {limit} requests a minute.", hint: "Try again in a few seconds." },
    zh: { message: "每分钟请求超过 {limit} 次。", hint: "请几秒后重试。" },
  },
  E_KEY_TOKENS: {
    exit: 75,
    status: 429,
    type: "insufficient_quota",
    en: {
      message: 'The key "{key}" has used its {limit} tokens of today.',
      hint: "Its day begins anew at 00:00 UTC; the operator may give it more.",
    },
    zh: { message: "密钥“{key}”今日的 {limit} 个词元已用完。", hint: "额度在 UTC 零点重置；运行者可提高额度。" },
  },
  E_KEYS_NEEDED: {
    exit: 78,
    status: 500,
    type: "configuration_error",
    en: {
      message: "{host} can be reached from other machines, and there is no key.",
      hint: hint(
        "Make one with `inkstone keys add NAME`, or listen on 127.0.0.1 behind a proxy that asks for one (--allow-host names it).",
        "Make one with `inkstone keys add NAME`, or listen on 127.0.0.1 behind a proxy that asks for one (allowedHosts names it).",
        "The operator has to make one: inkstone keys add NAME.",
      ),
    },
    zh: {
      message: "{host} 可被其他机器访问，但尚无密钥。",
      hint: hint(
        "请用 `inkstone keys add 名称` 创建密钥，或仅监听 127.0.0.1 并由代理鉴权（以 --allow-host 允许其主机名）。",
        "请用 `inkstone keys add 名称` 创建密钥，或仅监听 127.0.0.1 并由代理鉴权（以 allowedHosts 允许其主机名）。",
        "须由运行者创建密钥：inkstone keys add 名称。",
      ),
    },
  },
  E_QUEUE: {
    exit: 75,
    status: 429,
    type: "rate_limit_error",
    en: { message: "{waiting} requests are waiting already; the limit is {limit}.", hint: "Try again in a few seconds." },
    zh: { message: "已有 {waiting} 个请求在等待；上限为 {limit}。", hint: "请几秒后重试。" },
  },
  E_STOPPING: {
    exit: 75,
    status: 503,
    type: "service_unavailable",
    en: { message: "The server is stopping; {what}.", hint: "Try again when it is back." },
    zh: { message: "服务器正在停止；{what}。", hint: "请在其恢复后重试。" },
  },
  E_CLASSIFIER: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: {
      message: 'There is no classifier "{id}" here.',
      hint: "GET /v1/classifiers lists them; those that were not used for long make room for new ones.",
    },
    zh: { message: "不存在分类器“{id}”。", hint: "GET /v1/classifiers 可查看全部分类器；长期未用的会被新的替换。" },
  },
  E_CLASSIFIER_REPORT: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: {
      message: 'The classifier "{id}" was opened from a file, which holds no report.',
      hint: hint("Make one with `inkstone evaluate`.", "Evaluate the classifier on a table to make one."),
    },
    zh: {
      message: "分类器“{id}”来自文件，其中没有报告。",
      hint: hint("请用 `inkstone evaluate` 生成报告。", "请在一个表格上评估该分类器以生成报告。"),
    },
  },
  E_CLASSIFIER_THREAD: {
    exit: 75,
    status: 503,
    type: "service_unavailable",
    en: { message: "The classifier's thread ended: {why}.", hint: "Use fewer or shorter rows, or fewer labels." },
    zh: { message: "分类器线程已结束：{why}。", hint: "请减少行数、缩短文本或减少标签。" },
  },
};
