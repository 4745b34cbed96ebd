/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of list queries: "name__isw", "size__gte", "last_updated__lt". */
#include "filter.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct suffix {
	const char *name;
	enum nb_lookup lookup;
	bool negate;
};

static const struct suffix suffixes[] = {
	{"n", NB_EXACT, true},      {"ic", NB_CONTAINS, false}, {"nic", NB_CONTAINS, true},
	{"iew", NB_ENDS, false},    {"niew", NB_ENDS, true},    {"isw", NB_STARTS, false},
	{"nisw", NB_STARTS, true},  {"ie", NB_IEXACT, false},   {"nie", NB_IEXACT, true},
	{"empty", NB_EMPTY, false}, {"regex", NB_REGEX, false}, {"iregex", NB_IREGEX, false},
	{"lt", NB_LT, false},       {"lte", NB_LTE, false},     {"gt", NB_GT, false},
	{"gte", NB_GTE, false},     {NULL, NB_EXACT, false},
};

bool nb_lookup_split(char *key, enum nb_lookup *lookup, bool *negate, bool *any)
{
	char *at = strstr(key + 1, "__");
	const struct suffix *suffix;

	*any = false;
	if (!at)
		return true;
	if (sb_streq(at + 2, "any")) {
		*any = true;
		*at = '\0';
		return true;
	}
	for (suffix = suffixes; suffix->name; suffix++) {
		if (!sb_streq(at + 2, suffix->name))
			continue;
		*lookup = suffix->lookup;
		*negate = suffix->negate;
		*at = '\0';
		return true;
	}
	return false;
}

static const char *find_folded(const char *have, const char *want)
{
	size_t len = strlen(want), left = strlen(have);
	int first = tolower((unsigned char)want[0]);

	for (; left >= len; have++, left--) /* few texts have even the first character */
		if (tolower((unsigned char)*have) == first && strncasecmp(have, want, len) == 0)
			return have;
	return NULL;
}

static bool matches_regex(const char *have, const char *want, bool fold)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, want, REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)) != 0)
		return false;
	found = regexec(&regex, have, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool is_true(const char *text)
{
	return strcasecmp(text, "true") == 0 || sb_streq(text, "1");
}

bool nb_lookup_text(enum nb_lookup lookup, const char *have, const char *want)
{
	size_t have_len, want_len;

	switch (lookup) {
	case NB_EXACT: return sb_streq(have, want);
	case NB_IEXACT: return strcasecmp(have, want) == 0;
	case NB_CONTAINS: return find_folded(have, want) != NULL;
	case NB_STARTS: return strncasecmp(have, want, strlen(want)) == 0;
	case NB_ENDS:
		have_len = strlen(have);
		want_len = strlen(want);
		return have_len >= want_len && strcasecmp(have + have_len - want_len, want) == 0;
	case NB_EMPTY: return (*have == '\0') == is_true(want);
	case NB_REGEX: return matches_regex(have, want, false);
	case NB_IREGEX: return matches_regex(have, want, true);
	default: return false;
	}
}

bool nb_lookup_number(enum nb_lookup lookup, double have, double want)
{
	switch (lookup) {
	case NB_LT: return have < want;
	case NB_LTE: return have <= want;
	case NB_GT: return have > want;
	case NB_GTE: return have >= want;
	default: return have == want;
	}
}

/* Days from 1970 to a date of the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Parse a time zone, "Z", "+02:00" or nothing, into seconds east of UTC. */
static bool parse_zone(const char *text, int *ret_seconds)
{
	int hours, minutes = 0;

	*ret_seconds = 0;
	if (!*text || sb_streq(text, "Z"))
		return true;
	/* A '+' that is not percent-encoded arrives as a space. */
	if (*text != '+' && *text != '-' && *text != ' ')
		return false;
	if (sscanf(text + 1, "%2d:%2d", &hours, &minutes) < 1)
		return false;
	*ret_seconds = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
	return true;
}

bool nb_lookup_time(const char *text, int64_t *ret_us)
{
	int year, month, day, hour = 0, minute = 0, second = 0, used = 0, zone = 0;
	int64_t fraction = 0, scale = 100000;

	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
		return false;
	text += used;
	if (*text == 'T' || *text == ' ') {
		used = 0;
		if (sscanf(text + 1, "%2d:%2d%n", &hour, &minute, &used) != 2)
			return false;
		text += 1 + used;
		if (*text == ':') {
			if (sscanf(text + 1, "%2d%n", &second, &used) != 1)
				return false;
			text += 1 + used;
		}
		if (*text == '.')
			for (text++; isdigit((unsigned char)*text); text++, scale /= 10)
				fraction += (*text - '0') * scale;
	}
	if (!parse_zone(text, &zone))
		return false;
	*ret_us = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone) *
			  1000000 +
		  fraction;
	return true;
}
