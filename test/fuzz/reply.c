/* What a daemon answers to the client, in any pieces: reply_read and what is taken out of an error. First byte: size of the pieces. */
/* links: client/reply.c core/message.c */
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "fuzz.h"

/* Told, and how far the client listened. */
static int feed(const uint8_t *bytes, size_t length, size_t piece, struct reply *reply) {
  int pair[2], told = REPLY_MORE;
  DEMAND(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  for (size_t at = 0; at < length && told == REPLY_MORE;) {
    size_t n = length - at < piece ? length - at : piece;
    ssize_t sent = send(pair[1], bytes + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    DEMAND(sent > 0);
    at += (size_t)sent;
    told = reply_read(pair[0], reply);
  }
  close(pair[1]);
  if (told == REPLY_MORE) DEMAND(reply_read(pair[0], reply) != REPLY_MORE || length > 65536);
  close(pair[0]);
  return told;
}

static void take_out(const struct reply *reply) {
  static const char *const names[] = {"message", "hint", "code", "a name that is longer than any of ours"};
  static const size_t capacities[] = {1024, 16, 5, 1};
  for (size_t i = 0; i < 16; i++) {
    size_t capacity = capacities[i % 4];
    char *out = malloc(capacity);
    DEMAND(out);
    if (reply_error_text(reply, names[i / 4], out, capacity)) DEMAND(memchr(out, 0, capacity));
    free(out);
  }
  int code = reply_error_exit(reply);
  DEMAND(code == 75 || (code >= 124 && code <= 127));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  struct reply whole = {0}, pieced = {0};
  int told = feed(data + 1, size - 1, size, &whole);
  DEMAND(told >= REPLY_MORE && told <= REPLY_LOST);
  DEMAND(feed(data + 1, size - 1, (size_t)data[0] + 1, &pieced) == told);
  if (told == REPLY_ERROR) {
    take_out(&whole);
    take_out(&pieced);
  }
  free(whole.bytes);
  free(pieced.bytes);
  return 0;
}
