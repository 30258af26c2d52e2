// The same in Chinese: groups with contempt, threats or expulsion in one clause, unless the sentence speaks against it. Knows no policy.
import type { GroupStatement } from "./types.ts";

const groups =
  "黑人|白人|黄种人|亚洲人|女人|女性|女生|男人|女权|同性恋者?|双性恋者?|跨性别者?|变性人|穆斯林|回民|犹太人|基督徒|佛教徒|外国人|外地人|移民|难民|残疾人|残障人士|聋哑人|盲人|老年人|农民工|农村人|乡下人|少数民族|印度人|日本人|韩国人|朝鲜人|美国人|非洲人|阿拉伯人|墨西哥人|河南人|东北人|上海人|广东人|新疆人|藏人|维吾尔人|港人|台湾人";
const contempt =
  "恶心|垃圾|败类|人渣|渣滓|畜生|牲口|禽兽|低等|劣等|下等|低贱|下贱|贱货|肮脏|恶臭|愚蠢|没脑子|脑残|弱智|智障|蠢货|寄生虫|蛀虫|害虫|蟑螂|蝗虫|老鼠|瘟疫|毒瘤|病毒|祸害|变态|怪物|猩猩|猴子|猪狗|不如狗|不是人|不配|没人性|没教养|没素质|强奸犯|恐怖分子|小偷|骗子|讨厌|憎恨|痛恨|厌恶|鄙视|看不起";
const threats = "杀光|杀掉|杀死|打死|弄死|灭绝|灭掉|消灭|清除|赶走|赶出|滚出|滚回|滚蛋|去死|该死|死光|死绝|烧死|枪毙|关起来|绝育";
const against = /歧视|偏见|不应该|不该|不能(?:说|把|因为)|并非|不是所有|不都是|反对|谴责|错误的|尊重|平等|谁说|造谣|污名/u;
const negated = new RegExp(`(?:不|没有?|并不|从不|绝不|别)(?:是|会|想|觉得|认为|要)?[^，。！？；]{0,4}(?:${contempt}|${threats})`, "u");
const statement = new RegExp(
  `(${groups})[^，。！？；\\n]{0,14}?(${contempt}|${threats})|(${contempt}|${threats})的?[^，。！？；\\n]{0,6}?(${groups})`,
  "u",
);

/**
 * The first Chinese statement of contempt for a group in a text, or a threat to one.
 *
 * @example
 * chineseStatement("移民都是寄生虫，滚回去")?.kind; // "contempt"
 * chineseStatement("说移民是寄生虫是一种歧视"); // undefined
 */
export function chineseStatement(text: string): GroupStatement | undefined {
  if (!/\p{Script=Han}/u.test(text)) return undefined;
  for (const { 0: sentence, index } of text.matchAll(/[^。！？\n]+/gu)) {
    const found = statement.exec(sentence);
    if (found === null || against.test(sentence) || negated.test(sentence)) continue;
    const said = found[2] ?? found[3];
    const kind = new RegExp(`^(?:${threats})$`, "u").test(said) ? "threat" : "contempt";
    return { start: index + found.index, end: index + found.index + found[0].length, kind, group: found[1] ?? found[4] };
  }
  return undefined;
}
