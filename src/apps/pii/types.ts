// What personal data is here: kinds, and a place in a text. Knows no rules.

/** Kinds of personal data, in the order of a report. */
export const piiKinds = [
  "name",
  "phone",
  "email",
  "address",
  "date",
  "card",
  "bank-account",
  "cn-id",
  "ssn",
  "passport",
  "driver-license",
  "plate",
  "credit-code",
  "medical-record",
  "health-plan",
  "account",
  "license",
  "vehicle",
  "device",
  "url",
  "ip",
  "age",
] as const;

/** A kind of personal data. */
export type PiiKind = (typeof piiKinds)[number];

/** Personal data in a text: `text` is the slice from `start` to `end` (UTF-16 units, as JavaScript slices). */
export interface PiiSpan {
  readonly kind: PiiKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The rule that found it. */
  readonly rule: string;
  /** How sure, by kind of evidence: a checksum 0.99, a label or a title 0.9, a form that is rarely anything else 0.8, a likely word 0.6. Not calibrated. */
  readonly confidence: number;
}

/** What a rule gives. */
export interface PiiMatch {
  readonly kind: PiiKind;
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly confidence: number;
}
