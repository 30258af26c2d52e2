// Check digits of cards, identity numbers and codes. Knows no texts.

/**
 * Luhn's check of a card number (ISO/IEC 7812-1): digits doubled from the right, every second one, sum a multiple of 10.
 *
 * @example
 * luhn("4111111111111111"); // true
 * luhn("4111111111111112"); // false
 */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const idProvinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split(" ");

/**
 * A resident identity number of China (GB 11643-1999): 18 characters, a province, a day that there was, and the check character of ISO 7064 MOD 11-2.
 *
 * @example
 * chineseIdentity("11010519491231002X"); // true
 * chineseIdentity("110105194912310021"); // false
 */
export function chineseIdentity(text: string): boolean {
  const number = text.toUpperCase();
  if (!/^\d{17}[\dX]$/.test(number) || !idProvinces.includes(number.slice(0, 2))) return false;
  if (!isDay(Number(number.slice(6, 10)), Number(number.slice(10, 12)), Number(number.slice(12, 14)))) return false;
  const sum = idWeights.reduce((total, weight, i) => total + weight * Number(number[i]), 0);
  return "10X98765432"[sum % 11] === number[17];
}

/**
 * Whether there is such a day, from 1800 to 2199.
 *
 * @example
 * isDay(2024, 2, 29); // true
 * isDay(2023, 2, 29); // false
 */
export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1800 || year > 2199 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/**
 * A unified social credit code of China (GB 32100-2015): 18 characters, the last one by weights 3^i modulo 31.
 *
 * @example
 * creditCode("91350100M000100Y43"); // true
 * creditCode("91350100M000100Y42"); // false
 */
export function creditCode(text: string): boolean {
  if (!/^[1-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY]{17}$/.test(text)) return false;
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    sum += creditAlphabet.indexOf(text[i]) * weight;
    weight = (weight * 3) % 31;
  }
  return creditAlphabet[(31 - (sum % 31)) % 31] === text[17];
}

/**
 * An international bank account number (ISO 13616): letters as 10 to 35, the first four characters moved to the end, modulo 97 is 1.
 *
 * @example
 * iban("GB82 WEST 1234 5698 7654 32"); // true
 */
export function iban(text: string): boolean {
  const bare = text.replace(/[\s-]/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(bare)) return false;
  let rest = 0;
  for (const character of bare.slice(4) + bare.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const vinValues = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ";
const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * A vehicle identification number with its check digit (ISO 3779, 49 CFR 565).
 *
 * @example
 * vehicleNumber("1M8GDM9AXKP042788"); // true
 */
export function vehicleNumber(text: string): boolean {
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(text)) return false;
  const sum = vinWeights.reduce((total, weight, i) => total + weight * (vinValues.indexOf(text[i]) % 10), 0);
  return "0123456789X"[sum % 11] === text[8];
}
