// statements: what a text says about groups of people.
export { groupStatements } from "./statements.ts";
export type { GroupStatement, StatementKind } from "./types.ts";
