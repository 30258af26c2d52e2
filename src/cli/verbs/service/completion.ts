// inkstone completion bash|zsh|fish: a script that completes verbs and options.
import { Argument } from "commander";
import type { Verb } from "../verb.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** The verb `completion`. */
export const verb: Verb = {
  name: "completion",
  define(command, say, { output }) {
    command
      .summary(say({ en: "a completion script for bash, zsh or fish", zh: "bash、zsh 或 fish 的补全脚本" }))
      .description(
        say({
          en: 'Prints a script. bash and zsh: eval "$(inkstone completion bash)"; fish: inkstone completion fish | source.',
          zh: '输出补全脚本。bash 与 zsh：eval "$(inkstone completion bash)"；fish：inkstone completion fish | source。',
        }),
      )
      .addArgument(new Argument("<shell>", say({ en: "bash, zsh or fish", zh: "bash、zsh 或 fish" })).choices(shells))
      .action(async (shell: (typeof shells)[number]) => {
        const { verbOptions } = await import("../../program.ts");
        const all = await verbOptions();
        output.write(shell === "bash" ? bash(all) : shell === "zsh" ? zsh(all) : fish(all));
      });
  },
};

type Options = Readonly<Record<string, readonly string[]>>;

const words = (all: Options) => Object.keys(all).join(" ");
const cases = (all: Options) =>
  Object.entries(all)
    .map(([name, options]) => `    ${name}) words="${options.join(" ")}" ;;`)
    .join("\n");

function bash(all: Options): string {
  return `_inkstone() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${words(all)}"
  if [ "$COMP_CWORD" -gt 1 ]; then case "\${COMP_WORDS[1]}" in
${cases(all)}
    *) words="" ;;
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _inkstone inkstone
`;
}

function zsh(all: Options): string {
  return `#compdef inkstone
_inkstone() {
  local words_of="${words(all)}" verb="\${words[2]}" words
  if (( CURRENT > 2 )); then case "$verb" in
${cases(all)}
    *) words="" ;;
  esac; words_of="$words"; fi
  compadd -- \${=words_of}
  (( CURRENT > 2 )) && _files
}
compdef _inkstone inkstone
`;
}

function fish(all: Options): string {
  const verbs = Object.keys(all).map((name) => `complete -c inkstone -n __fish_use_subcommand -a ${name}`);
  const options = Object.entries(all).flatMap(([name, each]) =>
    each.map((option) => `complete -c inkstone -n "__fish_seen_subcommand_from ${name}" -l ${option.replace(/^--/, "")}`),
  );
  return `${[...verbs, ...options].join("\n")}\n`;
}
