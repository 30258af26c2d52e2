// statements: what a text says about groups of people.
export { type GroupStatement, groupStatements, type StatementKind } from "./statements.ts";
