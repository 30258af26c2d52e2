// rules-file: YAML that people write (playbooks, forms, policies), read with the line of each mistake.
export { RulesFile } from "./rules-file.ts";
