/* Text that may hold anything, made safe to show: what src/core/printable.ts does, for the programs in C. */
#ifndef AK_PRINTABLE_H
#define AK_PRINTABLE_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a text that are shown; the rest is counted. */
#define AK_SHOWN_MAX 512

/* Controls, format characters and what is no UTF-8 become escapes; a backslash is doubled. One line. */
void ak_print_text(FILE *to, const char *text);

/* The same, of a text of any length: its first AK_SHOWN_MAX bytes, and how many follow. */
void ak_print_cut(FILE *to, const char *text);

/* Inside a JSON string, between its quotes. */
void ak_print_json(FILE *to, const char *text);

#ifdef __cplusplus
}
#endif

#endif
