/* Lists of places within a block. Steps only ever add at the end of a list, so its items stand each for itself:
 *
 *	0PPP            the place
 *	80GG MMMM       of the 16 places from 16 * GG on, those whose bit is set
 *
 * u16 big endian each. The second is written where it is not longer: so a term that is in every entry takes 1 KiB a block and
 * not 8, and its row fits into a page of either database. Anything else in a list says nothing. */
#include "audit/audit_priv.h"

#include <string.h>

enum { GROUP = 16, GROUPS = FN_AUDIT_BLOCK / GROUP, MARK = 0x8000 };

static guint16
u16_at(const guint8 *list, gsize at)
{
	return (guint16)(list[at] << 8 | list[at + 1]);
}

static guint16
group_of(const FnAuditPlaces *places, guint group)
{
	return (guint16)(places->word[group / 4] >> group % 4 * GROUP);
}

void
fn_audit_places_add(FnAuditPlaces *places, guint place)
{
	places->word[place / 64] |= (guint64)1 << place % 64;
}

void
fn_audit_places_read(FnAuditPlaces *places, const guint8 *list, gsize size)
{
	*places = (FnAuditPlaces){ { 0 } };
	for (gsize at = 0; at + 1 < size; at += 2) {
		guint item = u16_at(list, at), group = item - MARK;

		if (item < FN_AUDIT_BLOCK) {
			fn_audit_places_add(places, item);
		} else if (item >= MARK && group < GROUPS && at + 3 < size) {
			at += 2;
			places->word[group / 4] |= (guint64)u16_at(list, at) << group % 4 * GROUP;
		}
	}
}

static void
put(GByteArray *list, guint item)
{
	guint16 bytes = GUINT16_TO_BE((guint16)item);

	g_byte_array_append(list, (const guint8 *)&bytes, sizeof(bytes));
}

void
fn_audit_places_write(const FnAuditPlaces *places, GByteArray *list)
{
	for (guint group = 0; group < GROUPS; group++) {
		guint16 mask = group_of(places, group);

		if (__builtin_popcount(mask) > 2) {
			put(list, MARK + group);
			put(list, mask);
			continue;
		}
		for (; mask != 0; mask &= (guint16)(mask - 1))
			put(list, group * GROUP + (guint)__builtin_ctz(mask));
	}
}

void
fn_audit_places_and(FnAuditPlaces *places, const FnAuditPlaces *other)
{
	for (guint i = 0; i < G_N_ELEMENTS(places->word); i++)
		places->word[i] &= other->word[i];
}

gint
fn_audit_places_take_last(FnAuditPlaces *places)
{
	for (guint i = G_N_ELEMENTS(places->word); i-- > 0;)
		if (places->word[i] != 0) {
			guint bit = 63 - (guint)__builtin_clzll(places->word[i]);

			places->word[i] &= ~((guint64)1 << bit);
			return (gint)(i * 64 + bit);
		}
	return -1;
}
