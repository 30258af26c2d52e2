// apps: what the library is for, one folder each. Rules, prompts and policy on public interfaces; no mathematics, no HTTP, no terminal.
export * from "./answers/index.ts";
export * from "./insight/index.ts";
export * from "./knowledge/index.ts";
export * from "./legal/index.ts";
export * from "./medical/index.ts";
export * from "./moderation/index.ts";
export * from "./pii/index.ts";
export * from "./support/index.ts";
export * from "./translation/index.ts";
export * from "./tutor/index.ts";
export * from "./writing/index.ts";
