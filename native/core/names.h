/* Which variable names may carry a credential or a profile's value. */
#ifndef AK_NAMES_H
#define AK_NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Length of the NAME in NAME=value, or 0 when it is not a name at all. */
size_t ak_name_length(const char *entry);

/* Names that change what a program loads or runs. A broker that has been taken over could otherwise run anything as the caller. */
int ak_name_is_dangerous(const char *name, size_t length);

/* An exact name, or a prefix followed by `*`. */
int ak_name_matches(const char *pattern, const char *name, size_t length);

#ifdef __cplusplus
}
#endif

#endif
