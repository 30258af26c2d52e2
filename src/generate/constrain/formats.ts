// The formats of JSON Schema that are enforced, as patterns. Each takes nothing that is not of the format (no 30 February, no 29th either: which years have one is beyond a pattern).

const date = "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))";
const time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])";
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const four = "[0-9a-fA-F]{1,4}";
const segment = "(?:[a-zA-Z0-9._~-]|%[0-9a-fA-F]{2})";

/** Patterns by the name of the format. */
export const formatPatterns: Readonly<Record<string, string>> = {
  date,
  time,
  "date-time": `${date}T${time}`,
  duration: "P(?:[0-9]{1,9}W|(?:[0-9]{1,9}Y)?(?:[0-9]{1,9}M)?[0-9]{1,9}D|[0-9]{1,9}Y|T(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?[0-9]{1,9}S|T[0-9]{1,9}H)",
  email: `[a-z0-9_+-]+(?:\\.[a-z0-9_+-]+)*@(?:${label}\\.)+[a-zA-Z]{2,24}`,
  hostname: `${label}(?:\\.${label}){0,3}`,
  ipv4: `${byte}(?:\\.${byte}){3}`,
  ipv6: `(?:${four}:){7}${four}|(?:${four}:){1,5}(?::${four}){1,2}|::1|::`,
  uuid: "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}",
  uri: `[a-zA-Z][a-zA-Z0-9+.-]{0,15}://${label}(?:\\.${label}){0,3}(?::[0-9]{1,5})?(?:/${segment}*)*(?:\\?${segment}*)?(?:#${segment}*)?`,
};
