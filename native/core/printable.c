/* Text that may hold anything, made safe to show: no byte of it steers a terminal or ends a line. */
#include "core/printable.h"

#include <stdint.h>
#include <string.h>

/* The Unicode category Cf (formats: bidi, zero width, tags) with Zl and Zp; a test compares with what JavaScript knows. */
static const struct {
  uint32_t first, last;
} formats[] = {
    {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x2064},   {0x2066, 0x206f},
    {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
};

static int is_hostile(uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) return 1;
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
    if (c >= formats[i].first && c <= formats[i].last) return 1;
  return 0;
}

/* One character of at most 4 bytes: its length, or 0 for what is no UTF-8 (also overlong forms and surrogates). */
static size_t decode(const unsigned char *at, uint32_t *out) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
  if (n == 0) return 0;
  uint32_t c = n == 1 ? at[0] : at[0] & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0; /* a NUL ends here as well */
    c = c << 6 | (at[i] & 0x3fu);
  }
  if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
  *out = c;
  return n;
}

static void put_text(FILE *to, const unsigned char *at, size_t n, uint32_t c) {
  if (n == 0)
    fprintf(to, "\\x%02x", at[0]);
  else if (is_hostile(c))
    fprintf(to, "\\u{%x}", (unsigned)c);
  else if (c == '\\')
    fputs("\\\\", to);
  else
    fwrite(at, 1, n, to);
}

static void put_json(FILE *to, const unsigned char *at, size_t n, uint32_t c) {
  if (n == 0)
    fputs("\\ufffd", to);
  else if (c > 0xffff && is_hostile(c))
    fprintf(to, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)), (unsigned)(0xdc00 | (c & 0x3ff)));
  else if (is_hostile(c))
    fprintf(to, "\\u%04x", (unsigned)c);
  else if (c == '\\' || c == '"')
    fprintf(to, "\\%c", (int)c);
  else
    fwrite(at, 1, n, to);
}

typedef void put(FILE *to, const unsigned char *at, size_t n, uint32_t c);

static void print(FILE *to, const char *text, size_t most, put *one) {
  const unsigned char *at = (const unsigned char *)text;
  for (size_t used = 0; at[used] != 0;) {
    uint32_t c = 0;
    size_t n = decode(at + used, &c), taken = n > 0 ? n : 1;
    if (used + taken > most) {
      fprintf(to, "… (%zu more bytes)", strlen(text + used));
      return;
    }
    one(to, at + used, n, c);
    used += taken;
  }
}

void ak_print_text(FILE *to, const char *text) { print(to, text, SIZE_MAX, put_text); }

void ak_print_cut(FILE *to, const char *text) { print(to, text, AK_SHOWN_MAX, put_text); }

void ak_print_json(FILE *to, const char *text) { print(to, text, SIZE_MAX, put_json); }
