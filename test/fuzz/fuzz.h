/* What every harness uses: a demand that ends the run, and an input that is taken off piece by piece. */
#ifndef AK_FUZZ_H
#define AK_FUZZ_H

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's, and replay.c's, way into a harness. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEMAND(condition)                                                                 \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "%s:%d: demanded, and not so: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                            \
    }                                                                                     \
  } while (0)

struct input {
  const uint8_t *at;
  size_t left;
};

static inline uint8_t take_byte(struct input *in) {
  if (in->left == 0) return 0;
  in->left--;
  return *in->at++;
}

/* At most `most` bytes; where they begin, and how many. */
static inline const uint8_t *take_bytes(struct input *in, size_t most, size_t *length) {
  const uint8_t *at = in->at;
  *length = most < in->left ? most : in->left;
  in->at += *length;
  in->left -= *length;
  return at;
}

/* A copy of exactly its size, so that one byte read beyond its end is seen. */
static inline void *copy_of(const void *bytes, size_t length) {
  void *copy = malloc(length ? length : 1);
  DEMAND(copy);
  if (length) memcpy(copy, bytes, length);
  return copy;
}

/* A copy with a NUL behind it. */
static inline char *text_of(const void *bytes, size_t length) {
  char *copy = malloc(length + 1);
  DEMAND(copy);
  if (length) memcpy(copy, bytes, length);
  copy[length] = 0;
  return copy;
}

/* Which of the first descriptors are open: equal before and after means that none was leaked or closed by mistake. */
#define FUZZ_DESCRIPTORS 320
struct descriptors {
  uint8_t open[FUZZ_DESCRIPTORS];
};

static inline void descriptors_look(struct descriptors *out) {
  struct pollfd all[FUZZ_DESCRIPTORS];
  for (int i = 0; i < FUZZ_DESCRIPTORS; i++) all[i] = (struct pollfd){.fd = i};
  DEMAND(poll(all, FUZZ_DESCRIPTORS, 0) >= 0);
  for (int i = 0; i < FUZZ_DESCRIPTORS; i++) out->open[i] = !(all[i].revents & POLLNVAL);
}

static inline int descriptors_are(const struct descriptors *before) {
  struct descriptors now;
  descriptors_look(&now);
  return !memcmp(&now, before, sizeof now);
}

#endif
