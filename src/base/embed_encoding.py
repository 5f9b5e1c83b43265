#!/usr/bin/env python3
"""The tables of GB18030 and Big5 (with Hong Kong's supplement) as C, out of Python's codecs, so that a confined program needs no
file of libc for them. GB18030 is brought from the edition of 2000 to that of 2022: characters that stood in the private use area."""
import sys

EDITION_2022 = {0xA8BC: 0x1E3F, 0xA6D9: 0xFE10, 0xA6DA: 0xFE12, 0xA6DB: 0xFE11, 0xA6DC: 0xFE13, 0xA6DD: 0xFE14, 0xA6DE: 0xFE15,
                0xA6DF: 0xFE16, 0xA6EC: 0xFE17, 0xA6ED: 0xFE18, 0xA6F3: 0xFE19, 0xFE59: 0x9FB4, 0xFE61: 0x9FB5, 0xFE66: 0x9FB6,
                0xFE67: 0x9FB7, 0xFE6D: 0x9FB8, 0xFE7E: 0x9FB9, 0xFE90: 0x9FBA, 0xFEA0: 0x9FBB, 0xFE51: 0x20087, 0xFE52: 0x20089,
                0xFE53: 0x200CC, 0xFE6C: 0x215D7, 0xFE76: 0x2298F, 0xFE91: 0x241FE}
PAIR = 1 << 31  # two characters: the first << 12 | the second
# What the supplement's edition of 2008 added, from 0x877A on.
HKSCS_2008 = [0x3875, 0x21D53, 0x2369E, 0x26021, 0x3EEC, 0x258DE, 0x3AF5, 0x7AFC, 0x9F97, 0x24161, 0x2890D, 0x231EA, 0x20A8A, 0x2325E,
              0x430A, 0x8484, 0x9F96, 0x942F, 0x4930, 0x8613, 0x5896, 0x974A, 0x9218, 0x79D0, 0x7A32, 0x6660, 0x6A29, 0x889D,
              0x744C, 0x7BC5, 0x6782, 0x7A2C, 0x524F, 0x9046, 0x34E6, 0x73C4, 0x25DB9, 0x74C6, 0x9FC7, 0x57B3, 0x492F, 0x544C,
              0x4131, 0x2368E, 0x5818, 0x7A72, 0x27B65, 0x8B8F, 0x46AE, 0x26E88, 0x4181, 0x25D99, 0x7BAE, 0x224BC, 0x9FC8, 0x224C1,
              0x224C9, 0x224CC, 0x9FC9, 0x8504, 0x235BB, 0x40B4, 0x9FCA, 0x44E1, 0x2ADFF, 0x62C1, 0x706E, 0x9FCB]
# The most frequent characters of running text, simplified and traditional: what tells GB18030 and Big5 apart.
COMMON = """的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随病苏失尔死讲配女黄推显谈罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河态封另施减树溶怎止案言士均武固叶鱼波视仅费紧爱左章早朝害续轻服试食充兵源判护司足某练差致板田降黑犯负击范继兴似余坚曲输修故城夫够送笔船占右财吃富春职觉汉画功巴跟虽杂飞检吸助升阳互初创抗考投坏策古径换未跑留钢曾端责站简述钱副尽帝射草冲承独令限阿宣环双请超微让控州良轴找否纪益依优顶础载倒房突坐粉敌略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋错苦夜刑移频逐靠混母短皮终聚汽村云哪既距卫停烈央察烧迅境若印洲刻括激孔搞甚室待核校散侵吧甲游久菜味旧模湖货损预阻毫普稳乙妈植息扩银语挥酒守拿序纸医缺雨吗针刘啊急唱误训愿审附获茶鲜粮斤孩脱硫肥善龙演父渐血欢械掌歌沙刚攻谓盾讨晚粒乱燃矛乎杀药宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉假穿执答乐谁顺烟缩征脸喜松脚困异免背星福买染井概慢怕磁倍祖皇促静补评翻肉践尼衣宽扬棉希伤操垂秋宜氢套督振架亮末宪庆编牛触映雷销诗座居抓裂胞呼娘景威绿晶厚盟衡鸡孙延危胶屋乡临陆顾掉呀灯岁措束耐剧玉赵跳哥季课凯胡额款绍卷齐伟蒸殖永宗苗川炉岩弱零杨奏沿露杆探滑镇饭浓航怀赶库夺伊灵税途灭赛归召鼓播盘裁险康唯录菌纯借糖盖横符私努堂域枪润幅哈竟熟虫泽脑壤碳欧遍侧寨敢彻虑斜薄庭纳弹饲伸折麦湿暗荷瓦塞床筑恶户访塔奇透梁刀旋迹卡氯遇份毒泥退洗摆灰彩卖耗夏择忙铜献硬予繁圈雪函亦抽篇阵阴丁尺追堆雄迎泛爸楼避谋吨野猪旗累偏典馆索秦脂潮爷豆忽托惊塑遗愈朱替纤粗倾尚痛楚谢奋购磨君池旁碎骨监捕弟暴割贯殊释词亡壁顿宝午尘闻揭炮残冬桥妇警综招吴付浮遭徐您摇谷赞箱隔订男吹园纷唐败宋玻巨耕坦荣闭湾键凡驻锅救恩剥凝碱齿截炼麻纺禁废盛版缓净睛昌婚涉筒嘴插岸朗庄街藏姑贸腐奴啦惯乘恢匀纱扎辩耳彪臣亿璃抵脉秀萨俄网舞店喷纵寸汗挂洪贺闪柬爆烯津稻墙软勇像滚厘蒙芳肯坡柱荡腿仪旅尾轧冰贡登黎削钻勒逃障氨郭峰币港伏轨亩毕擦莫刺浪秘援株健售股岛甘泡睡童铸汤阀休汇舍牧绕炸哲磷绩朋淡尖启陷柴呈徒颜泪稍忘泵蓝拖洞授镜辛壮锋贫虚弯摩泰幼廷尊窗纲弄隶疑氏宫姐震瑞怪尤琴循描膜违夹腰缘珠穷森枝竹沟催绳忆邦剩幸浆栏拥牙贮礼滤钠纹罢拍咱喊袖埃勤罚焦潜伍墨欲缝姓刊饱仿奖铝鬼丽跨默挖链扫喝袋炭污幕诸弧励梅奶洁灾舟鉴苯讼抱毁懂寒智埔寄届跃渡挑丹艰贝碰拔爹戴码梦芽熔赤渔哭敬颗奔铅仲虎稀妹乏珍申桌遵允隆螺仓魏锐晓氮兼隐碍赫拨忠肃缸牵抢博巧壳兄杜讯诚碧祥柯页巡矩悲灌龄伦票寻桂铺圣恐恰郑趣抬荒腾贴柔滴猛阔辆妻填撤储签闹扰紫砂递戏吊陶伐喂疗瓶婆抚臂摸忍虾蜡邻胸巩挤偶弃槽劲乳邓吉仁烂砖租乌舰伴瓜浅丙暂燥橡柳迷暖牌秧胆详簧踏瓷谱呆宾糊洛辉愤竞隙怒粘乃绪肩籍敏涂熙皆侦悬掘享纠醒狂锁淀恨牲霸爬赏逆玩陵祝秒浙貌""" \
    """這個國們來時為說對發會動過後種產學經進電裡還實體機當從業應開沒結問變關義樣間數與點無軍題黨總設員長條計別論農區強戰處隊給領東導壓爭濟術認權證轉單風務萬議聲報類離確張節話況傳許廣記觀織裝復須際驗連斷難礦備辦習響約團歷構稱準號維選標寫親養專狀廠識屬縣調參細聽鐵價嚴隨講顯談藝營項舉勢臺幫輪師圍遠態減樹僅費緊愛續輕試護練負擊範繼興堅輸夠筆財職覺漢畫雖雜飛檢陽創壞換鋼責簡錢盡衝獨環雙請讓優頂載敵勝絕塊劑測絲協訴陳羅鹽錯頻終雲衛燒貨損預穩擴銀語揮紙醫針劉誤訓願審獲鮮龍漸歡剛謂討亂殺藥寧貴鐘讀豐蘭擔執樂誰順煙縮臉腳異買補評寬揚傷憲慶編觸銷詩綠雞孫膠鄉臨陸顧燈歲劇趙課額紹齊偉楊鎮濃懷趕庫靈稅滅賽歸盤險錄純蓋槍澤腦歐側徹慮彈麥濕築惡戶訪遇擺賣擇獻圈陣陰樓謀噸館驚遺繼謝購監貫釋詞頓寶聞橋婦警綜吳讚訂園敗榮灣鍵駐鍋救廢緩淨婚涉莊貿腐慣億網貨縱掛賀牆軟強蒙儀貢郭幣軌畢島湯匯繞績啟顏鏡壯鋒貧虛彎綱隸疑宮違緣窮溝憶欄擁禮濾紋罷罰縫獎麗鏈掃諸潔災鑑訟毀躍艱貝碼夢敬顆鉛倉銳曉隱礙撥肅牽搶訊誠頁齡倫尋鋪聖鄭趣騰貼闊輛儲簽鬧擾遞戲療撫蝦鄰鞏擠棄勁鄧爛磚艦淺暫膽詳譜賓輝憤競緒偵懸糾鎖賞"""


def gb_pair(lead, trail):
    code = lead << 8 | trail
    if code in EDITION_2022:
        return EDITION_2022[code]
    try:
        return ord(bytes([lead, trail]).decode("gb18030"))
    except UnicodeDecodeError:  # the three user-defined areas
        if 0xAA <= lead <= 0xAF and trail >= 0xA1:
            return 0xE000 + (lead - 0xAA) * 94 + trail - 0xA1
        if lead >= 0xF8 and trail >= 0xA1:
            return 0xE234 + (lead - 0xF8) * 94 + trail - 0xA1
        if 0xA1 <= lead <= 0xA7 and trail <= 0xA0:
            return 0xE4C6 + (lead - 0xA1) * 96 + trail - 0x40 - (trail > 0x7F)
        return 0


def gb_ranges():
    """Four bytes counted through: runs in which the character grows with the count."""
    ranges, before = [], None
    for n in range(39420):
        four = bytes([0x81 + n // 12600, 0x30 + n // 1260 % 10, 0x81 + n // 10 % 126, 0x30 + n % 10])
        try:
            c = ord(four.decode("gb18030"))
        except UnicodeDecodeError:
            c = None
        if c is None:
            if before is not None:
                ranges.append((n, 0))
        elif before is None or c != before + 1:
            ranges.append((n, c))
        before = c
    return ranges + [(39420, 0)]


def big5_pair(lead, trail):
    code = big5_trails.index(trail) - big5_trails.index(0x7A)
    if lead == 0x87 and 0 <= code < len(HKSCS_2008):
        return HKSCS_2008[code]
    try:
        text = bytes([lead, trail]).decode("big5hkscs")
    except UnicodeDecodeError:
        return 0
    return ord(text) if len(text) == 1 else PAIR | ord(text[0]) << 12 | ord(text[1])


def rows(values, form):
    return "".join("\t" + ", ".join(form % v for v in values[i:i + 16]) + ",\n" for i in range(0, len(values), 16))


gb_trails = [t for t in range(0x40, 0xFF) if t != 0x7F]
big5_trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
gb = [gb_pair(lead, trail) for lead in range(0x81, 0xFF) for trail in gb_trails]
big5 = [big5_pair(lead, trail) for lead in range(0x87, 0xFF) for trail in big5_trails]
common = sorted({ord(c) for c in COMMON})
with open(sys.argv[1], "w") as out:
    out.write('#include "base/encoding_priv.h"\n\n')
    out.write("const guint32 fn_gb_pairs[FN_GB_LEADS * FN_GB_TRAILS] = {\n" + rows(gb, "0x%04x") + "};\n")
    out.write("const FnGbRange fn_gb_ranges[] = {\n" + rows(gb_ranges(), "{ %d, 0x%04x }") + "};\n")
    out.write("const gsize fn_gb_ranges_n = G_N_ELEMENTS(fn_gb_ranges);\n")
    out.write("const guint32 fn_big5_pairs[FN_BIG5_LEADS * FN_BIG5_TRAILS] = {\n" + rows(big5, "0x%04xu") + "};\n")
    out.write("const guint16 fn_common_characters[] = {\n" + rows(common, "0x%04x") + "};\n")
    out.write("const gsize fn_common_characters_n = G_N_ELEMENTS(fn_common_characters);\n")
