/* What the client says to a person: lower-case, no full stop, nothing that could steer a terminal. */
#include <stdio.h>
#include <string.h>

#include "client/client.h"

/* Escapes C0, DEL, C1 (as UTF-8: C2 80 to C2 9F) and the bidi controls (E2 80 8E/8F, E2 80 AA-AE, E2 81 A6-A9). */
static size_t unsafe_length(const unsigned char *at) {
  if (at[0] < 0x20 || at[0] == 0x7f) return 1;
  if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) return 2;
  if (at[0] != 0xe2 || !at[1]) return 0;
  int bidi = at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xaa && at[2] <= 0xae));
  return bidi || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9) ? 3 : 0;
}

static void say(const char *text) {
  for (const unsigned char *at = (const unsigned char *)text; *at;) {
    size_t n = unsafe_length(at);
    if (n == 0) {
      fputc(*at++, stderr);
    } else {
      while (n-- > 0) fprintf(stderr, "\\x%02x", *at++);
    }
  }
}

void complain_about(const char *message, const char *subject, const char *hint) {
  fputs("agentkeys: error: ", stderr);
  say(message);
  if (subject) {
    fputs(": ", stderr);
    say(subject);
  }
  fputc('\n', stderr);
  if (hint && hint[0]) {
    fputs("agentkeys: hint: ", stderr);
    say(hint);
    fputc('\n', stderr);
  }
}

void complain(const char *message, const char *hint) { complain_about(message, NULL, hint); }
