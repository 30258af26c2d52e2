// Sums of money, computed and rounded as banks do: interest, fees, conversion. No model has a say in a number.
import { InkstoneError, type Phrase } from "../../core/index.ts";

const refuse = (skill: string, why: Phrase): never => {
  throw new InkstoneError("E_SUPPORT_SKILL", { skill, why });
};

/**
 * A sum rounded to cents, halves away from zero, as decimals are written.
 *
 * @example
 * cents(1.005); // 1.01
 */
export function cents(value: number): number {
  return Math.sign(value) * Number(`${Math.round(Number(`${Math.abs(value)}e2`))}e-2`);
}

function checked(skill: string, name: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  return refuse(skill, { en: `${name} is from ${least} to ${most}`, zh: `${name} 应在 ${least} 到 ${most} 之间` });
}

/**
 * Interest on a sum: simple (principal · rate · years), or compound (`timesAYear` above 0): principal · (1 + rate / n)^(n · years) − principal. `percent` a year.
 *
 * Errors: E_SUPPORT_SKILL for numbers out of range.
 *
 * @example
 * interest({ principal: 10000, percent: 3.5, years: 2 }); // { interest: 700, total: 10700 }
 */
export function interest({ principal, percent, years, timesAYear = 0 }: { principal: number; percent: number; years: number; timesAYear?: number }): {
  interest: number;
  total: number;
} {
  checked("interest", "principal", principal, 0, 1e12);
  checked("interest", "percent", percent, 0, 1000);
  checked("interest", "years", years, 0, 200);
  checked("interest", "timesAYear", timesAYear, 0, 366);
  const rate = percent / 100;
  const earned = cents(timesAYear === 0 ? principal * rate * years : principal * ((1 + rate / timesAYear) ** (timesAYear * years) - 1));
  return { interest: earned, total: cents(principal + earned) };
}

/**
 * A fee: a share of the sum and a fixed part, held between `least` and `most`.
 *
 * @example
 * fee({ amount: 200, percent: 1.5, fixed: 0.3, least: 1 }); // { fee: 3.3, total: 203.3 }
 */
export function fee({
  amount,
  percent = 0,
  fixed = 0,
  least = 0,
  most = Number.POSITIVE_INFINITY,
}: {
  amount: number;
  percent?: number;
  fixed?: number;
  least?: number;
  most?: number;
}): { fee: number; total: number } {
  checked("fee", "amount", amount, 0, 1e12);
  const taken = cents(Math.min(most, Math.max(least, (amount * percent) / 100 + fixed)));
  return { fee: taken, total: cents(amount + taken) };
}

/**
 * A sum in another currency by a table of rates, each worth of one unit of the table's base. No rate, no answer.
 *
 * Errors: E_SUPPORT_SKILL for a currency that the table has not.
 *
 * @example
 * exchange({ amount: 100, from: "EUR", to: "USD" }, { EUR: 1, USD: 1.25 }); // { amount: 125, rate: 1.25 }
 */
export function exchange(
  { amount, from, to }: { amount: number; from: string; to: string },
  rates: Readonly<Record<string, number>>,
): { amount: number; rate: number } {
  checked("exchange", "amount", amount, 0, 1e12);
  const rateOf = (currency: string): number => {
    const name = currency.toUpperCase();
    const rate = Object.hasOwn(rates, name) ? rates[name] : undefined;
    return typeof rate === "number" && rate > 0 ? rate : refuse("exchange", { en: `there is no rate for ${name}`, zh: `没有 ${name} 的汇率` });
  };
  const rate = rateOf(to) / rateOf(from);
  return { amount: cents(amount * rate), rate: Number(rate.toPrecision(6)) };
}
