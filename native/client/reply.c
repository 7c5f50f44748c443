/* The daemon's answer to the one request of `run`: either it went well, or an error object with four members. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"

#define FRAME_MAX 65536
#define HEADER 8

static size_t payload_length(const unsigned char *at) {
  return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* Takes the first frame off the buffer when it is the hello; tells what the next one is. */
static int classify(struct reply *r) {
  while (r->length >= HEADER) {
    size_t n = payload_length(r->bytes);
    if (n > FRAME_MAX) return REPLY_LOST;
    if (r->length < HEADER + n) return REPLY_MORE;
    const char *text = (const char *)r->bytes + HEADER;
    if (n > 9 && !strncmp(text, "{\"hello\":", 9)) {
      r->length -= HEADER + n;
      memmove(r->bytes, r->bytes + HEADER + n, r->length);
      continue;
    }
    r->bytes[HEADER + n] = 0; /* there is room: see reply_read */
    return strstr(text, "\"error\":{") ? REPLY_ERROR : REPLY_OK;
  }
  return REPLY_MORE;
}

int reply_read(int fd, struct reply *r) {
  const size_t capacity = 2 * (FRAME_MAX + HEADER) + 1;
  if (!r->bytes) r->bytes = malloc(capacity);
  if (!r->bytes || r->length >= capacity - 1) return REPLY_LOST;
  ssize_t n = recv(fd, r->bytes + r->length, capacity - 1 - r->length, MSG_DONTWAIT);
  if (n == 0) return REPLY_LOST;
  if (n < 0) return REPLY_MORE;
  r->length += (size_t)n;
  return classify(r);
}

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One \uXXXX as UTF-8; surrogates become U+FFFD, since our own messages hold none. */
static size_t put_unicode(const char *at, char *out) {
  unsigned value = 0;
  for (int i = 0; i < 4; i++) {
    if (hex(at[i]) < 0) return 0;
    value = value << 4 | (unsigned)hex(at[i]);
  }
  if (value >= 0xd800 && value <= 0xdfff) value = 0xfffd;
  if (value < 0x80) {
    out[0] = (char)value;
    return 1;
  }
  if (value < 0x800) {
    out[0] = (char)(0xc0 | value >> 6);
    out[1] = (char)(0x80 | (value & 0x3f));
    return 2;
  }
  out[0] = (char)(0xe0 | value >> 12);
  out[1] = (char)(0x80 | (value >> 6 & 0x3f));
  out[2] = (char)(0x80 | (value & 0x3f));
  return 3;
}

static const char *find_member(const struct reply *r, const char *name) {
  char wanted[32] = "\"";
  const char *error = strstr((const char *)r->bytes + HEADER, "\"error\":{");
  strncat(wanted, name, 20);
  strcat(wanted, "\":");
  const char *at = error ? strstr(error, wanted) : NULL;
  return at ? at + strlen(wanted) : NULL;
}

int reply_error_text(const struct reply *r, const char *name, char *out, size_t capacity) {
  static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  const char *at = find_member(r, name);
  size_t used = 0;
  if (!at || *at++ != '"') return 0;
  while (*at && *at != '"' && used + 4 < capacity) {
    if (*at != '\\') {
      out[used++] = *at++;
      continue;
    }
    const char *which = at[1] ? strchr(plain, at[1]) : NULL;
    if (which) {
      out[used++] = meant[which - plain];
      at += 2;
      continue;
    }
    size_t n = at[1] == 'u' ? put_unicode(at + 2, out + used) : 0;
    if (n == 0) return 0;
    used += n;
    at += 6;
  }
  out[used] = 0;
  return *at == '"';
}

int reply_error_exit(const struct reply *r) {
  const char *at = find_member(r, "exit");
  int value = at ? atoi(at) : 0;
  /* `run` keeps every other number for its agent. */
  return value == 75 || (value >= 124 && value <= 127) ? value : AK_EXIT_FAILED;
}
