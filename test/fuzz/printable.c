/* Whatever is said to a person: no byte of it steers a terminal, and a line stays one line. */
/* links: */
#include "fuzz.h"

#include "core/printable.c"

/* Byte by byte and strictly, unlike the code that is tried. */
static size_t sequence(const unsigned char *at, const unsigned char *end) {
  size_t most = (size_t)(end - at);
  if (at[0] < 0x80) return 1;
  if (at[0] < 0xc2 || at[0] > 0xf4) return 0;
  size_t n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
  if (n > most) return 0;
  unsigned char low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80, high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < n; i++)
    if (at[i] < 0x80 || at[i] > 0xbf) return 0;
  return n;
}

/* No input byte becomes more than six characters, and nothing hostile is left. */
static void check(const char *said, size_t length, size_t given) {
  const unsigned char *at = (const unsigned char *)said, *end = at + length;
  DEMAND(length <= 6 * given + 64);
  for (size_t n; at < end; at += n) {
    uint32_t point = 0;
    n = sequence(at, end);
    DEMAND(n > 0 && decode(at, &point) == n);
    DEMAND(!is_hostile(point));
  }
}

static void try(void (*print_it)(FILE *, const char *), const char *text, size_t most) {
  char *said = NULL;
  size_t length = 0, given = strlen(text);
  FILE *heard = open_memstream(&said, &length);
  DEMAND(heard);
  print_it(heard, text);
  fclose(heard);
  check(said, length, given < most ? given : most);
  free(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = text_of(data, size);
  try(ak_print_text, text, SIZE_MAX);
  try(ak_print_cut, text, AK_SHOWN_MAX);
  try(ak_print_json, text, SIZE_MAX);
  free(text);
  return 0;
}
