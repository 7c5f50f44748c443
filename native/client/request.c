/* The client's side of docs/protocol.md: JSON text out, one frame at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "core/message.h"

#define FRAME_MAX 65536
#define HEADER 8

static void append(struct text *t, const char *bytes, size_t length) {
  if (t->failed) return;
  if (t->length + length + 1 > t->capacity) {
    size_t wanted = (t->length + length + 1) * 2;
    char *grown = wanted > 4 * FRAME_MAX ? NULL : realloc(t->bytes, wanted);
    if (!grown) {
      t->failed = 1;
      return;
    }
    t->bytes = grown;
    t->capacity = wanted;
  }
  memcpy(t->bytes + t->length, bytes, length);
  t->length += length;
}

void text_add(struct text *t, const char *raw) { append(t, raw, strlen(raw)); }

/* Length of the well-formed UTF-8 sequence at `at`, or 0. */
static size_t sequence(const unsigned char *at) {
  if (at[0] < 0x80) return 1;
  size_t n = at[0] >= 0xf0 && at[0] <= 0xf4 ? 4 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : 0;
  for (size_t i = 1; i < n; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  if (n == 3 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))) return 0;
  if (n == 4 && ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))) return 0;
  return n;
}

void text_add_string(struct text *t, const char *value) {
  append(t, "\"", 1);
  for (const unsigned char *at = (const unsigned char *)value; *at;) {
    size_t n = sequence(at);
    if (n == 0) {
      t->failed = 1;
      return;
    }
    if (*at == '"' || *at == '\\' || *at < 0x20) {
      char escaped[8];
      snprintf(escaped, sizeof escaped, "\\u%04x", *at);
      append(t, escaped, 6);
    } else {
      append(t, (const char *)at, n);
    }
    at += n;
  }
  append(t, "\"", 1);
}

int frame_send(int fd, const struct text *t, const int *descriptors, size_t count) {
  if (t->failed || t->length > FRAME_MAX) return -EMSGSIZE;
  char *frame = malloc(HEADER + t->length);
  if (!frame) return -ENOMEM;
  size_t n = t->length;
  const unsigned char header[HEADER] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n,
                                        (unsigned char)(count >> 8), (unsigned char)count, 0, 0};
  memcpy(frame, header, HEADER);
  memcpy(frame + HEADER, t->bytes, n);
  /* A blocking stream takes the whole frame; the descriptors travel with its first byte. */
  int bad = ak_message_send(fd, frame, HEADER + n, descriptors, count);
  free(frame);
  return bad;
}
