// Skills: what a flow can do beside talking, as typed calls. Tables come from the project or the customer's own record; nothing is made up. Knows no dialogue.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { exchange, fee, interest } from "./finance.ts";
import { parseNumber } from "./values.ts";

/** What a skill is given. */
export interface SkillContext {
  /** The project's tables. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The record of the customer who talks, and of no other. */
  readonly customer: Readonly<Record<string, unknown>> | undefined;
  readonly now: Date;
}

/** A skill: its arguments by name, whether it changes something (then it asks first), what it does. Results fill the reply's `{names}`. */
export interface Skill {
  readonly parameters: Readonly<Record<string, "text" | "number">>;
  readonly changes: boolean;
  run(
    call: Readonly<Record<string, string | number>>,
    context: SkillContext,
  ): Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;
}

const refuse = (skill: string, why: Phrase): never => {
  throw new InkstoneError("E_SUPPORT_SKILL", { skill, why });
};
const tableOf = (skill: string, data: SkillContext["data"], name: string): Readonly<Record<string, unknown>> => {
  const table = data[name];
  return typeof table === "object" && table !== null
    ? (table as Record<string, unknown>)
    : refuse(skill, { en: `the project has no table ${name}`, zh: `项目中没有数据表 ${name}` });
};

/**
 * The skills that are there. An order is looked up in the customer's own record only.
 *
 * @example
 * supportSkills.timer.run({ minutes: 5 }, { data: {}, customer: undefined, now: new Date(0) }); // { minutes: 5, due: "1970-01-01T00:05:00.000Z" }
 */
export const supportSkills: Readonly<Record<string, Skill>> = {
  timer: {
    parameters: { minutes: "number" },
    changes: false,
    run: ({ minutes }, { now }) => {
      const length = Number(minutes);
      if (!(length > 0 && length <= 10_080)) return refuse("timer", { en: "minutes are from 0 to 10,080", zh: "分钟数应在 0 到 10080 之间" });
      return { minutes: length, due: new Date(now.getTime() + length * 60_000).toISOString() };
    },
  },
  order_status: {
    parameters: { order: "text" },
    changes: false,
    run: ({ order }, { customer }) => {
      const orders: unknown = customer?.orders;
      const own = Array.isArray(orders) ? (orders as Record<string, unknown>[]) : [];
      const found = own.find(({ id }) => String(id).toLowerCase() === String(order).toLowerCase());
      return found === undefined
        ? refuse("order_status", { en: `there is no order ${order} of yours`, zh: `没有找到您的订单 ${order}` })
        : { ...found, order };
    },
  },
  weather: {
    parameters: { city: "text" },
    changes: false,
    run: ({ city }, { data }) => {
      const table = tableOf("weather", data, "weather");
      const row = Object.entries(table).find(([name]) => name.toLowerCase() === String(city).toLowerCase())?.[1];
      return typeof row === "object" && row !== null
        ? { city, ...row }
        : refuse("weather", { en: `nothing is known of the weather in ${city}`, zh: `没有${city}的天气数据` });
    },
  },
  exchange: {
    parameters: { amount: "number", from: "text", to: "text" },
    changes: false,
    run: ({ amount, from, to }, { data }) => {
      const table = tableOf("exchange", data, "rates");
      const { amount: result, rate } = exchange({ amount: Number(amount), from: String(from), to: String(to) }, table as Record<string, number>);
      return { amount, from: String(from).toUpperCase(), to: String(to).toUpperCase(), result, rate, asOf: table.asOf ?? "" };
    },
  },
  interest: {
    parameters: { principal: "number", percent: "number", years: "number" },
    changes: false,
    run: ({ principal, percent, years, timesAYear = 0 }) => ({
      principal,
      percent,
      years,
      ...interest({ principal: Number(principal), percent: Number(percent), years: Number(years), timesAYear: Number(timesAYear) }),
    }),
  },
  fee: {
    parameters: { amount: "number" },
    changes: false,
    run: ({ amount }, { data }) => ({ amount, ...fee({ ...(tableOf("fee", data, "fees") as Record<string, number>), amount: Number(amount) }) }),
  },
};

/** Calls a skill with checked arguments. Errors: E_SUPPORT_SKILL for an unknown skill, a missing or wrong argument, and what it refuses. */
export async function callSkill(
  skills: Readonly<Record<string, Skill>>,
  name: string,
  call: Readonly<Record<string, unknown>>,
  context: SkillContext,
): Promise<Readonly<Record<string, unknown>>> {
  const skill = Object.hasOwn(skills, name) ? skills[name] : refuse(name, { en: "there is no such skill", zh: "没有此技能" });
  const checked: Record<string, string | number> = {};
  for (const [parameter, type] of Object.entries(skill.parameters)) {
    const value = call[parameter];
    const number = type === "number" ? (typeof value === "number" ? value : parseNumber(String(value ?? ""))) : undefined;
    if (value === undefined || (type === "number" && number === undefined)) refuse(name, { en: `it needs ${parameter}`, zh: `需要 ${parameter}` });
    checked[parameter] = number ?? String(value);
  }
  return skill.run(checked, context);
}
