/* Runs a harness without a fuzzer: every file given, then mutations of them from a fixed seed. usage: target COUNT FILE... */
#include <stdio.h>

#include "fuzz.h"

#define MOST_BYTES 8192

static uint64_t state = 0x9e3779b97f4a7c15ull;

static uint32_t draw(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)((state >> 32) % below);
}

/* Bytes that a format is likely to treat differently from others. */
static uint8_t telling(void) {
  static const uint8_t bytes[] = {0, 1, 2, 0x7f, 0x80, 0xff, '"', '\\', '=', '*', '/', '-', '\n', '{', '}'};
  return draw(2) ? (uint8_t)draw(256) : bytes[draw(sizeof bytes)];
}

static size_t mutate(uint8_t *bytes, size_t length) {
  for (uint32_t turns = 1 + draw(6); turns > 0; turns--) {
    uint32_t at = draw((uint32_t)length + 1);
    switch (draw(4)) {
      case 0: /* change */
        if (at < length) bytes[at] = telling();
        break;
      case 1: /* one bit */
        if (at < length) bytes[at] ^= (uint8_t)(1u << draw(8));
        break;
      case 2: /* insert */
        if (length + 1 > MOST_BYTES) break;
        memmove(bytes + at + 1, bytes + at, length - at);
        bytes[at] = telling();
        length++;
        break;
      default: { /* drop a stretch */
        size_t gone = draw(draw(8) ? 4 : (uint32_t)length + 1);
        if (gone > length - at) gone = length - at;
        memmove(bytes + at, bytes + at + gone, length - at - gone);
        length -= gone;
      }
    }
  }
  return length;
}

static size_t read_file(const char *path, uint8_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  size_t length = fread(bytes, 1, MOST_BYTES, file);
  fclose(file);
  return length;
}

static void run(const uint8_t *bytes, size_t length) {
  uint8_t *exact = copy_of(bytes, length);
  LLVMFuzzerTestOneInput(exact, length);
  free(exact);
}

int main(int argc, char **argv) {
  static uint8_t bytes[MOST_BYTES + 1];
  long count = argc > 1 ? atol(argv[1]) : 0;
  if (argc < 3) return 2;
  for (int i = 2; i < argc; i++) run(bytes, read_file(argv[i], bytes));
  for (long i = 0; i < count; i++) {
    size_t length = read_file(argv[2 + draw((uint32_t)argc - 2)], bytes);
    run(bytes, mutate(bytes, length));
  }
  printf("%d files, %ld mutations\n", argc - 2, count);
  return 0;
}
