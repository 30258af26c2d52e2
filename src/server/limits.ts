// The server's limits: one object, published at /v1/limits, each of them an option of createServer.

/** Limits of a server. Sizes in bytes, times in milliseconds. */
export interface ServerLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly headerCount: number;
  readonly jsonDepth: number;
  /** Objects, lists and keys of a body, together. */
  readonly jsonElements: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly messages: number;
  readonly stopStrings: number;
  readonly stopCharacters: number;
  /** Requests that are answered side by side. */
  readonly concurrent: number;
  /** Requests that may wait for one of those places. */
  readonly waiting: number;
  /** Requests of one key that are answered or wait before one model, together: others always find room in the line. */
  readonly ofOneKey: number;
  /** Answers that one request may ask for. */
  readonly choices: number;
  /** A stream that has nothing to say for so long says so: its headers are sent, and comments from then on. */
  readonly silentMs: number;
  /** A stream whose reader takes nothing for so long is closed. */
  readonly slowReaderMs: number;
  /** Bytes of a stream that may wait for its reader; generation pauses beyond. */
  readonly streamBufferBytes: number;
  /** A table of examples. */
  readonly tableBytes: number;
  /** Tables that are read, checked, learned from or waiting for that, together. */
  readonly tables: number;
  /** Different labels that a classifier may learn. */
  readonly trainingLabels: number;
  /** Classifiers that are kept; the one not used for longest makes room. Those given at the start are not counted. */
  readonly classifiers: number;
  /** Texts of one request to a classifier, and the characters of each. */
  readonly classifyTexts: number;
  readonly classifyCharacters: number;
  /** A classifier that takes longer for one text is ended. */
  readonly classifyMs: number;
  /** Responses of one key that are kept; the oldest makes room. */
  readonly responses: number;
  /** Fine-tunings of one key that wait, run or are paused. */
  readonly tunings: number;
  /** Files of one key. */
  readonly files: number;
  /** Texts of one request for vectors, or documents of one ranking. */
  readonly inputs: number;
  /** Characters of each. */
  readonly inputCharacters: number;
  /** A sound file. */
  readonly soundBytes: number;
}

/** The defaults. */
export const defaultLimits: ServerLimits = {
  bodyBytes: 4 << 20,
  headerBytes: 16 << 10,
  headerCount: 500,
  jsonDepth: 64,
  jsonElements: 32_768,
  headersMs: 10_000,
  requestMs: 30_000,
  messages: 2048,
  stopStrings: 4,
  stopCharacters: 256,
  concurrent: 4,
  waiting: 64,
  ofOneKey: 48,
  choices: 8,
  silentMs: 5_000,
  slowReaderMs: 30_000,
  streamBufferBytes: 256 << 10,
  tableBytes: 32 << 20,
  tables: 8,
  trainingLabels: 256,
  classifiers: 8,
  classifyTexts: 64,
  classifyCharacters: 20_000,
  classifyMs: 10_000,
  responses: 1000,
  tunings: 16,
  files: 1000,
  inputs: 2048,
  inputCharacters: 200_000,
  soundBytes: 64 << 20,
};
