/* SPDX-License-Identifier: Apache-2.0 */
/* Names in the order in which people expect them. */
#include "natural_order.h"

#include <ctype.h>
#include <string.h>

/* "vlan/20" before "vlan/100": runs of digits are compared as numbers. */
static int compare_natural(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t n, m;

			a += strspn(a, "0");
			b += strspn(b, "0");
			n = strspn(a, "0123456789");
			m = strspn(b, "0123456789");
			if (n != m)
				return n < m ? -1 : 1;
			for (; n && *a == *b; n--, a++, b++)
				;
			if (n)
				return *a < *b ? -1 : 1;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return *a ? 1 : *b ? -1 : 0;
}

int natural_by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = compare_natural(x->name, y->name);

	return order ? order : x->place < y->place ? -1 : 1;
}
