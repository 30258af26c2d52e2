// Places of China that begin an address: provinces and larger cities, without their suffix. A list, no rules.

/** Provinces, regions and municipalities. */
export const chineseProvinces: readonly string[] =
  "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门".split(
    " ",
  );

/** Cities of more than a million, roughly. */
export const chineseCities: readonly string[] =
  "广州 深圳 珠海 汕头 佛山 东莞 中山 惠州 江门 湛江 茂名 肇庆 梅州 清远 揭阳 潮州 成都 绵阳 德阳 南充 宜宾 泸州 乐山 自贡 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 台州 衢州 舟山 丽水 南京 苏州 无锡 常州 镇江 南通 扬州 泰州 徐州 盐城 淮安 连云港 宿迁 武汉 宜昌 襄阳 荆州 黄石 十堰 孝感 黄冈 长沙 株洲 湘潭 衡阳 岳阳 常德 郴州 邵阳 西安 咸阳 宝鸡 渭南 榆林 延安 汉中 济南 青岛 烟台 潍坊 淄博 临沂 济宁 泰安 威海 德州 聊城 菏泽 枣庄 日照 郑州 洛阳 开封 南阳 新乡 安阳 许昌 商丘 信阳 周口 驻马店 平顶山 焦作 石家庄 唐山 保定 邯郸 秦皇岛 沧州 廊坊 张家口 承德 邢台 衡水 太原 大同 临汾 运城 长治 晋中 沈阳 大连 鞍山 抚顺 锦州 营口 丹东 长春 吉林 四平 哈尔滨 齐齐哈尔 大庆 牡丹江 佳木斯 合肥 芜湖 蚌埠 安庆 阜阳 马鞍山 淮南 滁州 福州 厦门 泉州 漳州 莆田 龙岩 三明 宁德 南昌 九江 赣州 上饶 景德镇 宜春 吉安 昆明 大理 丽江 曲靖 玉溪 贵阳 遵义 南宁 桂林 柳州 北海 玉林 海口 三亚 兰州 天水 西宁 银川 乌鲁木齐 呼和浩特 包头 鄂尔多斯 赤峰 拉萨".split(
    " ",
  );
