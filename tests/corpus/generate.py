#!/usr/bin/env python3
"""A labelled corpus: texts whose personal data, marks and traps are known, because they were made here.

    generate.py DIR [documents per kind] [seed]     writes DIR/*.txt|csv and DIR/truth.jsonl
    generate.py --clean FILE MEGABYTES              prose with numbers of every kind that are nobody's identifier

truth.jsonl: {"file", "findings": [{"detector", "start", "end"}], "blocked": bool}; offsets are bytes of the file as written.
Whatever is not in the truth and is found all the same is a false finding; so every text here says what it holds, and the traps
say nothing. Numbers are computed, never listed: none is kept in the project. Python's standard library only.
"""
import json
import pathlib
import random
import sys

REGIONS = ("110101", "110103", "120102", "130102", "130402", "210102", "310103", "310104", "320102", "330106", "370102", "440304", "440106",
           "510104", "510107", "610113")  # 110103 and 310103 were abolished: cards that carry them stay valid
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉建国文"
CITIES = ("石家庄市", "平顶山市", "德州市", "保定市", "成都市", "广州市", "杭州市")
DISTRICTS = ("长安区", "新华区", "桥西区", "武侯区", "天河区", "西湖区")
ROADS = ("建设大街", "中山东路", "和平路", "人民路", "解放北路", "文化街")
TELLERS = ("622202", "621700", "622848", "621661", "622588", "621226")
PLATES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

SENTENCES = (
    "各单位应当按照职责分工，做好政务数据的归集、治理和共享工作。", "数据质量由提供部门负责，发现错误的应当及时更正。",
    "平台每日核对一次业务库与前置库的记录数，不一致时发出告警。", "本年度计划新增公共服务事项三十六项，其中全程网办二十八项。",
    "会议听取了关于一体化平台建设进展情况的汇报，研究了下一步工作安排。", "窗口工作人员应当一次性告知申请人需要补正的全部材料。",
    "The interface follows REST conventions and returns JSON documents.", "上半年全市实现地区生产总值3421.7亿元，同比增长5.8%。",
    "项目总投资12,650万元，建设周期为2024年3月至2025年12月。", "依据《政务数据共享条例》第二十条，共享数据不得用于申请目的以外的用途。",
)
ABOUT_SECRECY = (
    "国家秘密的密级分为绝密、机密、秘密三级。", "涉及国家秘密的信息不得在互联网上发布。", "涉密文件应当按照规定标注“机密★10年”一类的标志。",
    "违反保密规定泄露商业秘密的，依法追究责任。", "严禁通过非涉密网络传输机密级以上文件。", "工作秘密的管理参照有关规定执行。",
    "保密审查应当明确是否属于内部资料、是否不予公开。",
)


class Text:
    """A text that grows, and what is hidden in it."""

    def __init__(self, rand):
        self.rand, self.parts, self.size, self.findings, self.blocked = rand, [], 0, [], False

    def add(self, text):
        self.parts.append(text)
        self.size += len(text)

    def label(self, detector, text):
        """@text is a finding: from its first to its last character."""
        self.findings.append((detector, self.size, self.size + len(text)))
        self.add(text)

    def write(self, path, encoding="utf-8"):
        whole = "".join(self.parts)
        path.write_bytes(whole.encode(encoding))
        place = lambda at: len(whole[:at].encode(encoding))
        return {"file": path.name, "blocked": self.blocked,
                "findings": [{"detector": d, "start": place(a), "end": place(b)} for d, a, b in sorted(self.findings, key=lambda f: f[1])]}


# ---- identifiers ----

def digits(rand, n):
    return "".join(rand.choice("0123456789") for _ in range(n))


def luhn(body):
    total = sum(int(c) if i % 2 else (int(c) * 2 - 9 if int(c) > 4 else int(c) * 2) for i, c in enumerate(reversed(body)))
    return str(-total % 10)


def resident_id(rand):
    body = rand.choice(REGIONS) + f"{rand.randint(1945, 2015)}{rand.randint(1, 12):02}{rand.randint(1, 28):02}{rand.randint(1, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]


def resident_id15(rand):
    return rand.choice(REGIONS) + f"{rand.randint(45, 99)}{rand.randint(1, 12):02}{rand.randint(1, 28):02}{rand.randint(1, 999):03}"


def organization_code(rand):
    body = "".join(rand.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(2)) + digits(rand, 6)
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    return body + "0X987654321"[sum(value(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2))) % 11]


def credit_code(rand, letters=True):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    while True:
        code = organization_code(rand)
        body = rand.choice(("91", "12", "11", "92", "51", "52", "93")) + rand.choice(REGIONS) + ("MA" + organization_tail(rand) if letters else code)
        if letters or body.isdigit():
            break
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    return body + alphabet[-sum(alphabet.index(c) * w for c, w in zip(body, weights)) % 31]


def organization_tail(rand):
    body = "MA" + digits(rand, 6)
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    return body[2:] + "0X987654321"[sum(value(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2))) % 11]


def mobile(rand):
    return rand.choice(("138", "139", "150", "177", "186", "199", "131", "188", "135", "159")) + digits(rand, 8)


def landline(rand):
    return rand.choice(("0311", "010", "0375", "0534", "021", "028")) + "-" + rand.choice("23568") + digits(rand, 7)


def bank_card(rand):
    body = rand.choice(TELLERS) + digits(rand, rand.choice((9, 12)))
    return body + luhn(body)


def plate(rand):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    first = rand.choice(PLATES) + rand.choice("ABCDEFGH")
    if rand.random() < 0.3:
        return first + rand.choice("DF") + digits(rand, 5)
    return first + rand.choice(letters) + digits(rand, 4)


def vin(rand):
    alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9)))
    body = list("LSVAB" + "".join(rand.choice(alphabet) for _ in range(3)) + "0" + rand.choice("ABCDEFGHJKLMNPRSTVWXY") + rand.choice(alphabet[10:]) + digits(rand, 6))
    total = sum((int(c) if c.isdigit() else values[c]) * w for c, w in zip(body, (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)))
    body[8] = "X" if total % 11 == 10 else str(total % 11)
    return "".join(body)


def imei(rand):
    body = "86" + digits(rand, 12)
    return body + luhn(body)


def name(rand):
    return rand.choice(SURNAMES) + "".join(rand.choice(GIVEN) for _ in range(rand.choice((1, 2, 2))))


def address(rand):
    return f"{rand.choice(CITIES)}{rand.choice(DISTRICTS)}{rand.choice(ROADS)}{rand.randint(1, 400)}号{rand.randint(1, 30)}栋{rand.randint(1, 6)}单元{rand.randint(101, 2604)}室"


def birth_date(rand):
    year, month, day = rand.randint(1945, 2015), rand.randint(1, 12), rand.randint(1, 28)
    return rand.choice((f"{year}年{month}月{day}日", f"{year}-{month:02}-{day:02}"))


def email(rand):
    return "".join(rand.choice("abcdefghijk") for _ in range(6)) + rand.choice(("", ".", "_")) + "x" + digits(rand, 2) + "@" + rand.choice(("example.com", "mail.example.cn", "example.gov.cn"))


def ip(rand):
    return f"{rand.choice((10, 172, 192, 218, 61))}.{rand.randint(16, 250)}.{rand.randint(1, 250)}.{rand.randint(1, 250)}"


def mac(rand):
    octets = [rand.randrange(0, 256, 4), *(rand.randint(0, 255) for _ in range(5))]  # neither multicast nor made up by the station
    return rand.choice(":-").join(f"{one:02X}" for one in octets)


# detector, label before it, value, does it need the label to be believed
FIELDS = (
    ("cn.resident_id", "身份证号：", resident_id, False), ("cn.resident_id", "老身份证号码：", resident_id15, True),
    ("cn.credit_code", "统一社会信用代码：", credit_code, False), ("cn.credit_code", "统一社会信用代码：", lambda r: credit_code(r, False), True),
    ("cn.org_code", "组织机构代码：", lambda r: (lambda c: c[:8] + "-" + c[8])(organization_code(r)), True),
    ("cn.mobile", "手机：", mobile, False), ("cn.landline", "联系电话：", landline, False), ("cn.bank_card", "银行卡号：", bank_card, False),
    ("cn.passport", "护照号码：", lambda r: "E" + r.choice(("", "")) + digits(r, 8), True),
    ("cn.hkm_permit", "港澳居民来往内地通行证：", lambda r: "H" + digits(r, 8), True),
    ("cn.tw_permit", "台胞证号：", lambda r: digits(r, 8), True),
    ("cn.officer_id", "军官证号：", lambda r: "军字第" + digits(r, 8) + "号", True),
    ("cn.plate", "车牌号：", plate, False), ("cn.vin", "车辆识别代号：", vin, False),
    ("cn.social_security", "社会保障号码：", lambda r: digits(r, 10), True),
    ("cn.estate_cert", "不动产权证书：", lambda r: f"{r.choice('冀豫鲁川')}（{r.randint(2016, 2024)}）{r.choice(CITIES)}不动产权第{digits(r, 7)}号", True),
    ("cn.name", "姓名：", name, True), ("cn.address", "住址：", address, False), ("cn.birth_date", "出生日期：", birth_date, True),
    ("email", "邮箱：", email, False), ("ip", "IP地址：", ip, False), ("mac", "MAC地址：", mac, True), ("imei", "IMEI：", imei, True),
    ("url_credential", "地址：", lambda r: f"ftp://admin:Pw{digits(r, 4)}@files.example.cn/data", False),
    ("secret_key", "AccessKeyId: ", lambda r: "AKIA" + "".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16)), False),
    ("geo_point", "经纬度：", lambda r: f"{r.uniform(100, 120):.6f},{r.uniform(25, 40):.6f}", True),
)

FULL_WIDTH = {c: chr(ord(c) + 0xFEE0) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


def grouped(value, sizes, separator):
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at:at + size])
        at += size
    return separator.join([*parts, value[at:]] if value[at:] else parts)


def disguise(rand, detector, value):
    """The ways in which people, programs and evaders write one and the same number."""
    if detector not in ("cn.resident_id", "cn.mobile", "cn.bank_card") or len(value) == 15:
        return value
    sizes = {"cn.resident_id": (6, 8), "cn.mobile": (3, 4), "cn.bank_card": (4, 4, 4, 4)}[detector]
    how = rand.randrange(10)
    if how == 0:
        return "".join(FULL_WIDTH.get(c, c) for c in value)
    if how == 1:
        return grouped(value, sizes, " ")
    if how == 2:
        return grouped(value, sizes, "-")
    if how == 3:
        at = rand.randint(3, len(value) - 3)
        return value[:at] + rand.choice("\u200b\u200c\u200d\ufeff\u2060") + value[at:]
    if how == 4 and detector != "cn.mobile":
        at = rand.randint(5, len(value) - 5)
        return value[:at] + rand.choice(("\n", "\r\n", "\n　　")) + value[at:]
    return value


# ---- documents ----

def sentence(rand):
    return rand.choice(SENTENCES if rand.random() < 0.9 else ABOUT_SECRECY)


def prose(text):
    rand = text.rand
    for _ in range(rand.randint(20, 40)):
        text.add(sentence(rand))
        if rand.random() < 0.5:
            detector, label, make, needs = rand.choice(FIELDS)
            text.add("经核对，" + label if needs or rand.random() < 0.7 else "经核对为")
            text.label(detector, disguise(rand, detector, make(rand)))
            text.add("。")
        if rand.random() < 0.3:
            text.add("\n")


def form(text):
    rand = text.rand
    for _ in range(rand.randint(3, 8)):
        for detector, label, make, _ in rand.sample(FIELDS, 8):
            text.add(label)
            text.label(detector, disguise(rand, detector, make(rand)))
            text.add(rand.choice(("\n", "　　\n", "\r\n")))
        text.add("备注：" + sentence(rand) + "\n\n")


TABLE = (("姓名", "cn.name", name), ("身份证号", "cn.resident_id", resident_id), ("手机号码", "cn.mobile", mobile), ("住址", "cn.address", address),
         ("银行卡号", "cn.bank_card", bank_card), ("电子邮箱", "email", email), ("车牌号", "cn.plate", plate), ("统一社会信用代码", "cn.credit_code", credit_code),
         ("出生日期", "cn.birth_date", birth_date), ("办理日期", None, lambda r: f"2024-{r.randint(1, 12):02}-{r.randint(1, 28):02}"),
         ("订单号", None, lambda r: digits(r, 18)), ("流水号", None, lambda r: "2024" + digits(r, 12)), ("数量", None, lambda r: str(r.randint(1, 99999))),
         ("金额", None, lambda r: f"{r.uniform(1, 99999):.2f}"))


def table(text):
    rand = text.rand
    columns = rand.sample(TABLE, 7)
    separator = rand.choice((",", ",", "\t"))
    text.add(separator.join(c[0] for c in columns) + "\n")
    for _ in range(rand.randint(20, 60)):
        for i, (_, detector, make) in enumerate(columns):
            if i > 0:
                text.add(separator)
            text.label(detector, make(rand)) if detector else text.add(make(rand))
        text.add("\n")


def accounts(text):
    rand = text.rand
    for _ in range(rand.randint(4, 10)):
        text.add(sentence(rand))
        value = f"用户名：user{digits(rand, 3)} 密码：Ab{digits(rand, 4)}#x"
        text.label("account_password", value)
        text.add("\n")
        text.add(sentence(rand) + "\n")
        if rand.random() < 0.5:
            text.label("secret_key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----")
            text.add("\n")


def random_serial(rand):
    """18 digits whose last passes mod 31: what order numbers do by chance."""
    body = "20240" + digits(rand, 12)
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    check = alphabet[-sum(int(c) * w for c, w in zip(body, (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28))) % 31]
    return body + (check if check.isdigit() else digits(rand, 1))


def wrong(value):
    """The same with another last character."""
    return value[:-1] + ("1" if value[-1] != "1" else "2")


TRAPS = (
    lambda r: "订单号" + random_serial(r), lambda r: "流水号：" + mobile(r), lambda r: "合同编号" + "20" + digits(r, 9), lambda r: "批号" + mobile(r),
    lambda r: "时间戳" + "17" + digits(r, 8), lambda r: "时间戳：17" + digits(r, 11), lambda r: "日期" + f"2024{r.randint(1, 12):02}{r.randint(1, 28):02}",
    lambda r: "受理编号：" + wrong(resident_id(r)), lambda r: "样例编号" + wrong(credit_code(r)), lambda r: "序列号" + wrong(bank_card(r)),
    lambda r: f"软件版本{r.randint(1, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}.{r.randint(0, 9)}", lambda r: f"圆周率3.14159{digits(r, 14)}",
    lambda r: "单号" + "SF" + digits(r, 13), lambda r: f"面积{r.randint(10, 999)}.{digits(r, 11)}公顷", lambda r: "校验值" + "".join(r.choice("0123456789abcdef") for _ in range(64)),
    lambda r: "编号" + digits(r, 25), lambda r: f"第{r.randint(1, 40)}条第{r.randint(1, 9)}款", lambda r: f"预算{r.randint(100, 999)},{digits(r, 3)},{digits(r, 3)}元",
    lambda r: "@所有人", lambda r: "京津冀协同发展", lambda r: "电压220V，频率50Hz", lambda r: "网址https://www.example.gov.cn/index.html",
)


def traps(text):
    rand = text.rand
    for _ in range(rand.randint(30, 60)):
        text.add(rand.choice(TRAPS)(rand) + rand.choice(("，", "。", "\n", "；")))
        if rand.random() < 0.4:
            text.add(sentence(rand))


def marked(text):
    rand = text.rand
    level, star = rand.choice(("绝密", "机密", "秘密", "机　密", "絕密")), rand.choice("★★★☆妇*")
    term = rand.choice(("10年", "5年", "长期", "6个月")) if star in "★☆" else rand.choice(("10年", "20年", "6个月"))
    text.add(rand.choice(("", "\n", "000012\n", "　　")))
    text.label("cn.secrecy_mark", level + star + term)
    text.add("\n关于做好有关工作的通知\n")
    text.blocked = True
    for _ in range(10):
        text.add(sentence(rand))


def internal(text):
    rand = text.rand
    text.label("cn.internal_mark", rand.choice(("内部资料", "内部文件", "工作秘密")))
    text.add("\n关于做好有关工作的通知\n")
    for _ in range(10):
        text.add(sentence(rand))


def about_secrecy(text):
    for _ in range(30):
        text.add(text.rand.choice(ABOUT_SECRECY + SENTENCES))


KINDS = (("prose", prose, "txt"), ("form", form, "txt"), ("table", table, "csv"), ("accounts", accounts, "txt"), ("traps", traps, "txt"),
         ("marked", marked, "txt"), ("internal", internal, "txt"), ("about", about_secrecy, "txt"))
ENCODINGS = ("utf-8", "utf-8", "utf-8", "gb18030", "utf-16")  # "utf-16" begins with its byte order mark


def corpus(directory, count, seed):
    directory.mkdir(parents=True, exist_ok=True)
    rand = random.Random(seed)
    with open(directory / "truth.jsonl", "w") as truth:
        for kind, fill, suffix in KINDS:
            for i in range(count):
                text = Text(rand)
                fill(text)
                print(json.dumps(text.write(directory / f"{kind}-{i:03}.{suffix}", rand.choice(ENCODINGS))), file=truth)


def clean(path, megabytes, seed=3):
    """Prose with the numbers of an office: dates, amounts, order numbers, serials, none of them anybody's."""
    rand = random.Random(seed)
    block = []
    while sum(map(len, block)) < 200_000:
        block.append(sentence(rand) + (rand.choice(TRAPS)(rand) + "。" if rand.random() < 0.5 else ""))
    with open(path, "wb") as out:
        size = 0
        while size < megabytes << 20:
            # New numbers each time: shuffle what is said, draw the traps again.
            rand.shuffle(block)
            part = "\n".join(one + rand.choice(TRAPS)(rand) + "。" for one in block).encode()
            out.write(part)
            size += len(part)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--clean"]:
        clean(sys.argv[2], int(sys.argv[3]))
    else:
        corpus(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
