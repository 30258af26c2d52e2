// How far the tuning of an encoder is: what it takes, told once, and a line that fills. Knows no encoder.
import { counted } from "../../core/index.ts";
import type { TuneStep } from "../../train/index.ts";
import { isTerminal, type ProgressLine, type Surroundings, shown } from "../terminal.ts";

/** Tells of each step. */
export function tuningProgress(bar: ProgressLine, { errors, say }: Surroundings): (step: TuneStep) => void {
  let told = false;
  return ({ done, total, secondsLeft }) => {
    if (secondsLeft !== undefined && !told) {
      told = true;
      const [seconds, minutes] = [Math.ceil(secondsLeft), Math.ceil(secondsLeft / 60)];
      const en = `${counted(total, "step")}, about ${seconds < 90 ? `${seconds} s` : `${minutes} min`}.\n`;
      const zh = `共 ${total} 步，约需 ${seconds < 90 ? `${seconds} 秒` : `${minutes} 分钟`}。\n`;
      bar.end();
      errors.write(shown(say({ en, zh }), errors));
    }
    if (isTerminal(errors)) bar.update(say({ en: "Tuning", zh: "正在微调" }), done, total);
  };
}
