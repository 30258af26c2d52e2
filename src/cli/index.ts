// cli: the command line as functions, for tests and for programs that bring their own terminal. The executable is main.ts.
export { type ChatOptions, chat } from "./chat/chat.ts";
export { holdKeys } from "./chat/held-keys.ts";
export { main } from "./program.ts";
export { Quit, report } from "./report.ts";
export { Signals } from "./signals.ts";
export { displayWidth, ProgressLine, type Surroundings, visible } from "./terminal.ts";
