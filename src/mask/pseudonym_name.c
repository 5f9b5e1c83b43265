/* Personal names, table 1.
 *
 * In: two to eight Han characters of the basic block and extension A, the zero 〇, and the middle dot as one more character;
 * blanks between are layout. All of them, not a list of frequent ones: who has a rare name must not stand out as redacted.
 * Out: a component that is no character by itself (and so no register of residents has it in a name), then sounds with which
 * foreign names are written. Such a text reads as a name, is at least five characters long, and nobody can bear it. */
#include "mask/pseudonym_priv.h"

static const char first[] = "亻冫讠辶阝刂忄氵犭饣纟扌艹宀彡夂丬礻衤钅罒灬爫攵疒癶虍亠冖凵勹囗";
static const char sounds[] =
	"丁万丘东丝丰丹乃久乌乔亚亨什仁代伊休伦伯佐佩保克兰内冈冯凡凯利加努劳勒包卓南博卡卢厄古史叶吉吕哈哥唐因图圭坎坦埃基塔塞增夏多夫夸"
	"奇奎奥姆威娄娜嫩孔孙安宾密富尔尤尼巴布希帕平年库庞康延廷弗当彭德怀恩恰惠戈扎托拉拜提摩敦斯方施旺昂昆昌明普曼朔朗本札朱杜杨杰松林"
	"果查柯柴根格桑梅森楞欣欧武比永汉沃沙治法波泰泽洛洪派海涅滕潘然特玛珀珍班琳琼瑙瑞瑟瓜瓦甘生申登皮盖祖福科穆策简米索约纳绍维罗考耶"
	"肖肯舍舒良艾芒芝芬苏英范茨茹荣莉莎莫莱菲萨蒂蒙西詹许诺谢豪贝贡费贾赛赞赫辛达迈连迪通道邦采里金钦锡门阿陶隆雄雅雷霍香马高鲁麦齐龄";
enum {
	HAN = 3, /* bytes of a Han character */
	FIRST = (sizeof(first) - 1) / HAN, SOUNDS = (sizeof(sounds) - 1) / HAN,
	BASIC = 0x9fff - 0x4e00 + 1, EXTENSION = 0x4dbf - 0x3400 + 1, ZERO = BASIC + EXTENSION, DOT, CHARACTERS,
	LEAST = 2, MOST = 8,
};
G_STATIC_ASSERT(FIRST == 32 && SOUNDS == 256);

/* How many sounds follow, by shape: 32 * 256^sounds is no less than CHARACTERS^(shape + LEAST). */
static const guint8 sounds_of[] = { 4, 5, 7, 9, 11, 13, 15 };
G_STATIC_ASSERT(G_N_ELEMENTS(sounds_of) == MOST - LEAST + 1);
enum { LONGEST = (1 + 15) * HAN };

static void
describe(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*radix = CHARACTERS;
	*n = LEAST + shape;
	*domain = 1;
	for (guint i = 0; i < *n; i++)
		*domain *= CHARACTERS;
}

/* -1 for what names do not have. */
static int
value_of(gunichar c)
{
	static const gunichar dots[] = { 0xb7, 0x2022, 0x2027, 0x30fb };

	if (c >= 0x4e00 && c <= 0x9fff)
		return (int)(c - 0x4e00);
	if (c >= 0x3400 && c <= 0x4dbf)
		return (int)(c - 0x3400 + BASIC);
	for (gsize i = 0; i < G_N_ELEMENTS(dots); i++)
		if (c == dots[i])
			return DOT;
	return c == 0x3007 ? ZERO : -1;
}

static gunichar
character_of(guint value)
{
	if (value < BASIC)
		return 0x4e00 + value;
	if (value < ZERO)
		return 0x3400 + value - BASIC;
	return value == ZERO ? 0x3007 : 0xb7;
}

/* Dots stand between characters only. */
static int
read_name(const char *text, guint32 size, FnRank *rank)
{
	const char *end = text + size;
	int value = DOT;
	guint n = 0;

	*rank = 0;
	for (const char *at = text; at < end; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char_validated(at, end - at);
		int before = value;

		if (c == ' ' || c == 0x3000)
			continue;
		value = value_of(c);
		if (value < 0 || (value == DOT && before == DOT) || ++n > MOST)
			return -1;
		*rank = *rank * CHARACTERS + (guint)value;
	}
	return n >= LEAST && value != DOT ? (int)(n - LEAST) : -1;
}

static guint32
write_name(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	gunichar name[MOST];
	char *at = out;
	guint n = LEAST + shape;

	for (guint i = n; i > 0; i--, rank /= CHARACTERS)
		name[i - 1] = character_of((guint)(rank % CHARACTERS));
	for (guint i = 0; i < n; i++)
		at += g_unichar_to_utf8(name[i], at);
	return (guint32)(at - out);
}

/* Place of the character at @text among the @n of @table, or -1. */
static int
place_of(const char *table, int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (memcmp(table + i * HAN, text, HAN) == 0)
			return i;
	return -1;
}

static int
read_pseudonym(const char *text, guint32 size, FnRank *rank)
{
	const guint8 *shape = size > HAN && size <= LONGEST && size % HAN == 0
		? memchr(sounds_of, (int)(size / HAN - 1), sizeof(sounds_of)) : NULL;
	int place;

	if (shape == NULL || (place = place_of(first, FIRST, text)) < 0)
		return -1;
	*rank = (FnRank)place;
	for (guint32 at = HAN; at < size; at += HAN) {
		if ((place = place_of(sounds, SOUNDS, text + at)) < 0)
			return -1;
		*rank = *rank * SOUNDS + (FnRank)place;
	}
	return (int)(shape - sounds_of);
}

static guint32
write_pseudonym(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	for (guint i = sounds_of[shape]; i > 0; i--, rank /= SOUNDS)
		memcpy(out + i * HAN, sounds + (guint)(rank % SOUNDS) * HAN, HAN);
	memcpy(out, first + (guint)rank * HAN, HAN);
	return (1 + sounds_of[shape]) * HAN;
}

const FnPseudonymKind fn_pseudonym_name = { "name", 1, G_N_ELEMENTS(sounds_of), LONGEST, describe, { read_name, write_name },
	{ read_pseudonym, write_pseudonym } };
