// What kind of clause a sentence is: signs in English and Chinese for 36 kinds (CUAD's, and what Chinese contracts have). Rules; no model.

/** Kinds of clauses. The names are those of CUAD (Hendrycks et al. 2021), and five more. */
export const clauseKinds = {
  "governing-law": { en: "governing law", zh: "适用法律" },
  "dispute-resolution": { en: "disputes", zh: "争议解决" },
  "anti-assignment": { en: "no assignment", zh: "转让限制" },
  "change-of-control": { en: "change of control", zh: "控制权变更" },
  "cap-on-liability": { en: "cap on liability", zh: "责任上限" },
  "uncapped-liability": { en: "liability without a cap", zh: "无上限责任" },
  indemnification: { en: "indemnity", zh: "赔偿" },
  "liquidated-damages": { en: "agreed damages", zh: "违约金" },
  insurance: { en: "insurance", zh: "保险" },
  "warranty-duration": { en: "warranty", zh: "质量保证" },
  term: { en: "term", zh: "期限" },
  "renewal-term": { en: "renewal", zh: "续期" },
  "notice-period-to-terminate-renewal": { en: "notice against renewal", zh: "不续约通知" },
  "termination-for-convenience": { en: "termination at will", zh: "任意解除" },
  "termination-for-cause": { en: "termination for breach", zh: "违约解除" },
  "post-termination-services": { en: "after the end", zh: "终止后义务" },
  confidentiality: { en: "confidentiality", zh: "保密" },
  "non-compete": { en: "no competition", zh: "竞业限制" },
  exclusivity: { en: "exclusivity", zh: "独家" },
  "no-solicit-of-customers": { en: "no solicitation of customers", zh: "不得招揽客户" },
  "no-solicit-of-employees": { en: "no solicitation of employees", zh: "不得招揽员工" },
  "non-disparagement": { en: "no disparagement", zh: "不得诋毁" },
  "most-favored-nation": { en: "best terms", zh: "最惠条款" },
  "right-of-first-refusal": { en: "first refusal", zh: "优先权" },
  "license-grant": { en: "licence", zh: "许可" },
  "non-transferable-license": { en: "licence that cannot be transferred", zh: "不可转让许可" },
  "irrevocable-or-perpetual-license": { en: "licence for ever", zh: "永久或不可撤销许可" },
  "ip-ownership-assignment": { en: "transfer of rights", zh: "知识产权归属" },
  "joint-ip-ownership": { en: "joint rights", zh: "共有知识产权" },
  "source-code-escrow": { en: "source code escrow", zh: "源代码托管" },
  payment: { en: "payment", zh: "付款" },
  "revenue-profit-sharing": { en: "share of revenue", zh: "收益分成" },
  "minimum-commitment": { en: "minimum commitment", zh: "最低承诺" },
  "price-restrictions": { en: "changes of price", zh: "价格限制" },
  "volume-restriction": { en: "limit of volume", zh: "数量限制" },
  "audit-rights": { en: "audit", zh: "审计权" },
  "covenant-not-to-sue": { en: "no suit", zh: "不起诉承诺" },
  "third-party-beneficiary": { en: "third parties", zh: "第三方受益" },
  "data-protection": { en: "personal data", zh: "个人信息保护" },
  "force-majeure": { en: "force majeure", zh: "不可抗力" },
} as const;

/** A kind of clause. */
export type ClauseKind = keyof typeof clauseKinds;

const signs: Readonly<Record<ClauseKind, RegExp>> = {
  "governing-law":
    /\bgovern(?:ed|ing)\b[^.]{0,80}\blaws?\b|\blaws? of [^.]{3,60}\b(?:govern|apply|shall control)|construed (?:in accordance with|under) [^.]{0,40}\blaws?\b|适用.{0,12}法律|受.{0,20}法律(?:管辖|约束)|依照.{0,10}法律解释/i,
  "dispute-resolution":
    /\barbitrat|\bexclusive jurisdiction|\bmediation\b|\bcourts? of [A-Z]|\bvenue\b|仲裁|管辖法院|提起诉讼|向.{0,16}人民法院|协商解决/i,
  "anti-assignment":
    /\b(?:assign|transfer|delegate)\b[^.]{0,120}\bwithout\b[^.]{0,60}\b(?:consent|approval|permission)|\b(?:not|neither|no) [^.]{0,60}\b(?:assign(?:able|ed|ment)?|transferr?(?:able|ed)?)\b[^.]{0,40}\b(?:this agreement|rights|obligations|contract)|未经.{0,20}(?:同意|许可).{0,20}(?:转让|转移)|不得.{0,16}转让.{0,16}(?:本合同|权利|义务)/i,
  "change-of-control":
    /\bchange (?:of|in) (?:control|ownership)\b|\b(?:merger|consolidation|acqui(?:red|sition)|sale of (?:all|substantially))\b[^.]{0,120}\b(?:terminat|consent|assign|notice)|控制权.{0,6}(?:变更|转移)/i,
  "cap-on-liability":
    /\b(?:liab|damages)[^.]{0,160}\b(?:not exceed|exceed(?:ing)?|limited to|maximum)\b|\bin no event\b[^.]{0,160}\b(?:liable|liability)\b|\b(?:consequential|incidental|punitive|special|indirect)\b[^.]{0,80}\bdamages\b|责任.{0,20}(?:不超过|上限|以.{0,20}为限)|不承担.{0,16}(?:间接|附带|惩罚性)/i,
  "uncapped-liability":
    /\b(?:limitations?|exclusions?|cap)\b[^.]{0,120}\b(?:shall not apply|do(?:es)? not apply|not limit)\b|\b(?:unlimited|without limit)\b[^.]{0,30}\bliab|\bexcept (?:for|in the case of)\b[^.]{0,160}\b(?:gross negligence|willful|indemnif|confidential)\b[^.]{0,120}\bliab|(?:上述|前款)?限制.{0,10}不适用|承担无限(?:连带)?责任/i,
  indemnification: /\bindemnif|\bhold harmless\b|\bdefend\b[^.]{0,40}\bagainst\b|赔偿.{0,20}(?:损失|责任)|使.{0,16}免受.{0,10}损害/i,
  "liquidated-damages":
    /\bliquidated damages\b|\b(?:early termination|break-?up) (?:fee|charge)|\btermination fee\b|\bas a penalty\b|违约金|滞纳金|定金罚则/i,
  insurance: /\binsurance\b|\binsured\b|\bunderwrit|投保|保险/i,
  "warranty-duration":
    /\bwarrant(?:y|s|ies|ed)\b[^.]{0,160}\b(?:\d+|one|two|three|six|twelve|ninety|thirty)\b[^.]{0,20}\b(?:days?|months?|years?)\b|\bwarranty period\b|质保期|保修期|质量保证期/i,
  term: /\b(?:initial )?term of (?:this|the) agreement\b|\bagreement\b[^.]{0,60}\bcontinues?\b|\bfor an? (?:initial )?(?:term|period) of\b|\b(?:remain|continue) in (?:full )?(?:force|effect)\b|\bexpires?\b|\bcommenc[^.]{0,80}\b(?:continu|terminat|end)|合同期限|有效期|自.{0,24}起至.{0,24}止|期限为/i,
  "renewal-term":
    /\brenew(?:al|ed|s|able)?\b|\bsuccessive\b[^.]{0,40}\b(?:terms?|periods?)\b|\bextend(?:ed)?\b[^.]{0,40}\b(?:term|additional)\b|续(?:签|约|期|展)|自动(?:延长|顺延|续)/i,
  "notice-period-to-terminate-renewal":
    /\brenew[^.]{0,200}\bunless\b[^.]{0,160}\bnotice\b|\bnotice\b[^.]{0,120}\b(?:not to renew|non-?renewal|intent(?:ion)? not)\b|到期前.{0,20}(?:日|个月).{0,20}(?:书面)?通知.{0,16}不(?:再)?续/i,
  "termination-for-convenience":
    /\bterminat[^.]{0,120}\b(?:for convenience|without cause|at any time|for any reason|no reason|with or without cause)\b|\b(?:either|each) party may terminate\b[^.]{0,80}\bupon\b[^.]{0,30}\bnotice\b(?![^.]{0,60}\bbreach)|(?:可|有权)随时.{0,8}(?:解除|终止)|无须?理由.{0,8}(?:解除|终止)/i,
  "termination-for-cause":
    /\bterminat[^.]{0,160}\b(?:material(?:ly)? breach|default|insolven|bankrupt|fails? to)\b|\b(?:breach|default)\b[^.]{0,120}\bterminat|违反.{0,30}(?:解除|终止)|违约.{0,20}(?:解除|终止)/i,
  "post-termination-services":
    /\b(?:upon|after|following|on) (?:the )?(?:any )?(?:expiration|termination|expiry)\b[^.]{0,200}\b(?:shall|will|may|must)\b|\bsurviv(?:e|al)\b|\bwind-?down|\bsell-?off|终止后|解除后.{0,20}(?:应|须)|合同终止之日起/i,
  confidentiality: /\bconfidential(?:ity)?\b|\bnon-?disclosure\b|\btrade secrets?\b|保密|商业秘密/i,
  "non-compete":
    /\bnon-?compet|\b(?:shall|will|may|agrees?) not\b[^.]{0,160}\b(?:compet|engage in (?:any|the) business)|\bcompeting (?:product|business|service)|竞业|不得从事.{0,20}(?:竞争|同类)/i,
  exclusivity:
    /\bexclusiv(?:e|ely|ity)\b(?! (?:jurisdiction|venue|remed))|\bsole (?:and exclusive )?(?:distributor|supplier|provider|licensee)|\bshall (?:only|solely) (?:purchase|use|sell)|独家|排他|唯一.{0,6}(?:供应商|经销商|代理)/i,
  "no-solicit-of-customers": /\bsolicit[^.]{0,80}\b(?:customers?|clients?|accounts?|subscribers?)|招揽.{0,10}客户/i,
  "no-solicit-of-employees":
    /\b(?:solicit|hire|employ|recruit|induce)[^.]{0,100}\b(?:employees?|personnel|staff)\b[^.]{0,120}|(?:招揽|招聘|雇佣|雇用).{0,16}(?:员工|雇员|人员)/i,
  "non-disparagement":
    /\bdisparag|\bderogatory|\btarnish|\bdetrimental to the (?:reputation|image|goodwill)|\b(?:damage|harm)[^.]{0,30}\breputation|诋毁|贬损|损害.{0,8}(?:名誉|声誉)/i,
  "most-favored-nation":
    /\bmost[- ]favou?red\b|\b(?:no less|more|as) favou?rable\b[^.]{0,120}\b(?:than|to)\b[^.]{0,60}\b(?:other|any|third|customer|party)|\blowest price|最惠|不低于.{0,16}(?:其他|第三方).{0,10}(?:条件|价格)/i,
  "right-of-first-refusal":
    /\b(?:right|option|opportunity) of first (?:refusal|offer|negotiation)\b|\bfirst (?:right|option|opportunity|refusal)\b|\bright to (?:match|negotiate)|\boption to (?:purchase|acquire)|优先(?:购买|认购|受让|谈判|承租)?权/i,
  "license-grant":
    /\b(?:grants?|granted|granting)\b[^.]{0,120}\b(?:licen[cs]e|right|permission)|\blicen[cs]e to (?:use|market|sell|distribute|manufacture)|授予.{0,24}(?:许可|使用权)|许可.{0,12}使用/i,
  "non-transferable-license":
    /\bnon-?(?:transferr?able|assignable|sublicen[cs]able)\b|\blicen[cs]e[^.]{0,80}\b(?:not|non)\b[^.]{0,20}\b(?:transferr?|assign|sublicen)|不可转让.{0,12}许可|许可.{0,12}不可转让/i,
  "irrevocable-or-perpetual-license":
    /\b(?:irrevocable|perpetual|in perpetuity|forever)\b|永久.{0,10}(?:许可|授权|使用)|不可撤销.{0,10}(?:许可|授权)/i,
  "ip-ownership-assignment":
    /\b(?:assigns?|transfers?|vest|convey)\b[^.]{0,100}\b(?:right, title|all right|title|interest|intellectual property|ownership|copyright|patent)|\bwork[- ](?:made )?for[- ]hire|\bshall (?:own|be the (?:sole )?(?:owner|property))|\b(?:sole|exclusive) (?:owner|property)|知识产权.{0,12}(?:归|属于)|著作权.{0,10}归/i,
  "joint-ip-ownership":
    /\bjoint(?:ly)?\b[^.]{0,50}\b(?:own|owned|ownership|developed|property|propriet)|\bco-?own|共(?:同)?(?:所有|拥有|有).{0,10}知识产权|知识产权.{0,12}共(?:同|有)/i,
  "source-code-escrow": /\bescrow\b|源代码托管/i,
  payment: /\b(?:shall|will|agrees? to|must) pay\b|\b(?:invoice|payable|payment terms?|net \d+)\b|付款|支付.{0,16}(?:款|费|价)|结算/i,
  "revenue-profit-sharing":
    /\broyalt|\b(?:\d+(?:\.\d+)?|percent(?:age)?|%)[^.]{0,80}\b(?:revenues?|profits?|net sales|gross sales|receipts|proceeds|commission)|\b(?:revenue|profit)[- ]?shar|\bcommission\b|分成|提成|利润.{0,6}分配|佣金/i,
  "minimum-commitment":
    /\bminimum\b[^.]{0,100}\b(?:purchase|order|quantity|amount|commitment|payment|guarantee|annual|royalt|fee|volume|sales)|\bat least\b[^.]{0,60}\b(?:units|purchase|order|per (?:year|month))|最低.{0,10}(?:采购|购买|消费|保证|数量|金额)|不少于.{0,16}(?:采购|购买)/i,
  "price-restrictions":
    /\b(?:price|fee|rate)s?\b[^.]{0,80}\b(?:not|no more than)\b[^.]{0,40}\b(?:increase|raise|reduce|exceed)|\bincrease\b[^.]{0,40}\b(?:price|fee)s?\b|价格.{0,12}(?:不得|上调|调整)/i,
  "volume-restriction":
    /\b(?:up to|no more than|not (?:to )?exceed|maximum(?: of)?|limited to|in excess of)\b[^.]{0,60}\b(?:units|users|hours|copies|seats|visits|number|gallons|tons|sites|pages|calls|employees|days per)|不超过.{0,16}(?:份|人|台|次|用户|件)/i,
  "audit-rights":
    /\baudit|\b(?:inspect|examin)[^.]{0,60}\b(?:books|records|accounts|facilit)|\bbooks and records\b|审计|查阅.{0,10}(?:账|账簿|记录)/i,
  "covenant-not-to-sue":
    /\b(?:not|never)\b[^.]{0,60}\b(?:contest|challenge|dispute|attack|oppose|sue|bring (?:any|a) (?:claim|action|suit))|\bcovenant not to sue|\brelease(?:s|d)?\b[^.]{0,60}\bclaims?\b|放弃.{0,12}(?:诉权|起诉|追究|索赔)|不得.{0,12}(?:起诉|提出异议)/i,
  "third-party-beneficiary": /\bthird[- ]party beneficiar|\bbeneficiar(?:y|ies)\b|第三方.{0,8}受益/i,
  "data-protection": /\bpersonal (?:data|information)\b|\bdata protection\b|\bprivacy\b|\bGDPR\b|个人信息|数据(?:保护|安全)|隐私/i,
  "force-majeure": /\bforce majeure\b|\bacts? of god\b|\bbeyond (?:its|the) reasonable control|不可抗力/i,
};

/**
 * The kinds of clauses that a sentence has signs of.
 *
 * @example
 * clausesOf("This Agreement shall be governed by the laws of Ireland."); // ["governing-law"]
 * clausesOf("双方应对商业秘密保密。"); // ["confidentiality"]
 */
export function clausesOf(sentence: string): ClauseKind[] {
  return (Object.keys(signs) as ClauseKind[]).filter((kind) => signs[kind].test(sentence));
}
