/* The words of a command line as JSON, and as a frame: text_add_string, frame_send. Input: words, each ended by a NUL. */
/* links: client/request.c core/message.c */
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "fuzz.h"

/* Decodes one code point strictly; 0 where the bytes are no UTF-8. */
static size_t decode(const unsigned char *at, const unsigned char *end, uint32_t *point) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
  if (n == 0 || (size_t)(end - at) < n) return 0;
  *point = n == 1 ? at[0] : at[0] & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if (at[i] >> 6 != 2) return 0;
    *point = *point << 6 | (at[i] & 0x3f);
  }
  int is_surrogate = *point >= 0xd800 && *point <= 0xdfff;
  return *point < least[n] || *point > 0x10ffff || is_surrogate ? 0 : n;
}

static int is_utf8(const char *text) {
  const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
  uint32_t point;
  while (at < end) {
    size_t n = decode(at, end, &point);
    if (n == 0) return 0;
    at += n;
  }
  return 1;
}

/* One JSON string that means `text` and nothing else stands from `at` on; where it ends. */
static const char *expect_string(const char *at, const char *end, const char *text) {
  DEMAND(at < end && *at++ == '"');
  for (; *text; text++) {
    DEMAND(at < end && (unsigned char)*at >= 0x20 && *at != '"');
    if (*at != '\\') {
      DEMAND(*at++ == *text);
      continue;
    }
    unsigned value;
    char digits[5] = {0};
    DEMAND(end - at >= 6 && at[1] == 'u');
    memcpy(digits, at + 2, 4);
    DEMAND(sscanf(digits, "%4x", &value) == 1 && value == (unsigned char)*text);
    at += 6;
  }
  DEMAND(at < end && *at++ == '"');
  return at;
}

static void send_and_compare(const struct text *t) {
  int pair[2], room = 1 << 20;
  DEMAND(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  int bad = frame_send(pair[0], t, NULL, 0);
  DEMAND((bad == 0) == (!t->failed && t->length <= 65536));
  if (!bad) {
    unsigned char *frame = malloc(t->length + 9);
    DEMAND(frame && recv(pair[1], frame, t->length + 9, MSG_WAITALL | MSG_DONTWAIT) == (ssize_t)t->length + 8);
    DEMAND((frame[0] << 24 | frame[1] << 16 | frame[2] << 8 | frame[3]) == (int)t->length);
    DEMAND(!memcmp(frame + 8, t->bytes, t->length));
    free(frame);
  }
  close(pair[0]);
  close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  char *words = text_of(data, size);
  struct text t = {0};
  int is_sound = 1;
  for (const char *at = words; at < words + size; at += strlen(at) + 1) {
    is_sound = is_sound && is_utf8(at);
    text_add_string(&t, at);
  }
  if (t.length < 60000) DEMAND(t.failed == !is_sound);
  if (!t.failed) {
    const char *from = t.bytes, *end = t.bytes + t.length;
    for (const char *at = words; at < words + size; at += strlen(at) + 1) from = expect_string(from, end, at);
    DEMAND(from == end);
    send_and_compare(&t);
  }
  free(t.bytes);
  free(words);
  return 0;
}
