// What is said of a group, as it is told. Types only.

/** What kind of statement it is. */
export type StatementKind = "slur" | "contempt" | "threat" | "worth" | "implied";

/** A statement in a text: `start` to `end` in UTF-16 units. */
export interface GroupStatement {
  readonly start: number;
  readonly end: number;
  readonly kind: StatementKind;
  /** The word that names the group, or the slur. */
  readonly group: string;
}
