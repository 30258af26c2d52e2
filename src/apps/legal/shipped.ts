// Forms that come with the library, by name and language. Knows no files.
import { type Language, listed, refuseOption } from "../../core/index.ts";
import { LegalForm } from "./form.ts";

const english = "language: en\njurisdictions: [England and Wales, Scotland, Ireland, California, New York]";
const chinese = "language: zh\njurisdictions: [中国大陆]";
const people = "  - {name: sender, type: text}\n  - {name: recipient, type: text}\n  - {name: today, type: date}";
const enHead = "  - {name: head, text: '{today}. From {sender} to {recipient} ({jurisdiction}).'}";
const zhHead = "  - {name: head, text: '{recipient}：'}";
const enEnd = "  - {name: end, text: 'Yours faithfully, {sender}'}";
const zhEnd = "  - {name: end, text: '{sender}，{today}（{jurisdiction}）'}";
const form = (title: string, head: string, questions: string, clauses: string): string =>
  `title: ${title}\n${head}\nquestions:\n${people}\n${questions}\nclauses:\n${head === english ? enHead : zhHead}\n${clauses}\n${head === english ? enEnd : zhEnd}\n`;

const complaint = "  - {name: matter, type: text}\n  - {name: happened, type: date}\n  - {name: wish, type: text}\n  - {name: reply, type: date}";
const refund =
  "  - {name: item, type: text}\n  - {name: bought, type: date}\n  - {name: price, type: money}\n  - {name: faulty, type: yesno}\n  - {name: fault, type: text, when: {faulty: true}}";
const tenancy =
  "  - {name: address, type: text}\n  - {name: leaving, type: date}\n  - {name: deposit, type: yesno}\n  - {name: amount, type: money, when: {deposit: true}}";

const forms: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  complaint: {
    en: form(
      "Letter of complaint",
      english,
      complaint,
      "  - {name: matter, text: 'On {happened} the following happened: {matter}'}\n  - {name: wish, text: 'I ask you to do this: {wish}. Please reply by {reply}.'}",
    ),
    zh: form(
      "投诉信",
      chinese,
      complaint,
      "  - {name: matter, text: '{happened}发生如下情况：{matter}'}\n  - {name: wish, text: '现请贵方处理：{wish}。请于{reply}前答复。'}",
    ),
  },
  refund: {
    en: form(
      "Request for a refund",
      english,
      refund,
      "  - {name: purchase, text: 'On {bought} I bought from you: {item}, for {price}.'}\n  - {name: fault, when: {faulty: true}, text: 'It is faulty: {fault}'}\n  - {name: wish, text: 'I ask you to refund {price}.'}",
    ),
    zh: form(
      "退款申请",
      chinese,
      refund,
      "  - {name: purchase, text: '本人于{bought}在贵处购买{item}，价款{price}。'}\n  - {name: fault, when: {faulty: true}, text: '该商品存在以下问题：{fault}'}\n  - {name: wish, text: '现申请退还价款{price}。'}",
    ),
  },
  tenancy: {
    en: form(
      "Notice to end a tenancy",
      english,
      tenancy,
      "  - {name: notice, text: 'I give notice that I will leave {address} on {leaving}.'}\n  - {name: deposit, when: {deposit: true}, text: 'Please return the deposit of {amount}.'}",
    ),
    zh: form(
      "退租通知",
      chinese,
      tenancy,
      "  - {name: notice, text: '兹通知：本人将于{leaving}搬离{address}，终止租赁。'}\n  - {name: deposit, when: {deposit: true}, text: '请退还押金{amount}。'}",
    ),
  },
};

/**
 * Names of the shipped forms.
 *
 * @example
 * shippedForms; // ["complaint", "refund", "tenancy"]
 */
export const shippedForms: readonly string[] = Object.keys(forms);

/**
 * A shipped form. Errors: E_OPTION for a name that there is not.
 *
 * @example
 * shippedForm("refund", "zh").title; // "退款申请"
 * shippedForm("refnd"); // throws E_OPTION
 */
export function shippedForm(name: string, language: Language = "en"): LegalForm {
  if (!Object.hasOwn(forms, name)) refuseOption("form", name, listed(shippedForms));
  return LegalForm.parse(forms[name][language], name);
}
