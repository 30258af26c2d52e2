// Personal data in English and Chinese text: found with exact places, masked, replaced and put back. Needs no model.
export { chineseIdentity, creditCode, iban, luhn, vehicleNumber } from "./checks.ts";
export { PiiFinder, type PiiOptions } from "./finder.ts";
export { type ReplacedText, restorePii } from "./replace.ts";
export { type PiiKind, type PiiSpan, piiKinds } from "./types.ts";
