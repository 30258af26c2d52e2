// Check digits made, for generators of test data: written apart from the rules that check them.

/** A number with its Luhn digit. */
export function luhnCheck(digits: string): string {
  for (let last = 0; last < 10; last++) {
    const all = [...`${digits}${last}`].reverse().map(Number);
    const sum = all.reduce((total, digit, i) => total + (i % 2 === 0 ? digit : Math.floor((digit * 2) / 10) + ((digit * 2) % 10)), 0);
    if (sum % 10 === 0) return `${digits}${last}`;
  }
  throw new Error("there is always one");
}

/** An identity number of China with its check character: the one for which Σ a·2^(i-1) is 1 modulo 11. */
export function chineseCheck(digits: string): string {
  const values = "0123456789X";
  for (const last of values) {
    const all = [...`${digits}${last}`].reverse();
    let power = 1;
    let sum = 0;
    for (const character of all) {
      sum += values.indexOf(character) * power;
      power = (power * 2) % 11;
    }
    if (sum % 11 === 1) return `${digits}${last}`;
  }
  throw new Error("there is always one");
}

/** A unified social credit code with its check character. */
export function creditCheck(code: string): string {
  const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  for (const last of alphabet) {
    const sum = [...`${code}${last}`].reduce((total, character, i) => total + alphabet.indexOf(character) * (i === 17 ? 1 : 3 ** i % 31), 0);
    if (sum % 31 === 0) return `${code}${last}`;
  }
  throw new Error("there is always one");
}
