/* A .env file of whatever bytes: env_next. What it gives lies in the text, names are names, and it comes to an end. */
/* links: client/env-file.c */
#include "client/env-file.h"

#include "fuzz.h"

static void check_name(const struct env_line *line) {
  for (size_t i = 0; i < line->name_length; i++) {
    char c = line->name[i];
    DEMAND((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9'));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  unsigned char *text = copy_of(data, size), *end = text + size;
  struct env_cursor cursor;
  struct env_line line;
  size_t turns = 0, number = 0;
  env_begin(&cursor, text, size);
  for (; env_next(&cursor, &line); turns++) {
    DEMAND(turns <= size && cursor.at >= text && cursor.at <= end);
    DEMAND(line.number > number);
    number = line.number;
    DEMAND(line.fault || line.name);
    if (line.name) {
      const unsigned char *name = (const unsigned char *)line.name;
      DEMAND(line.name_length > 0 && name >= text && name + line.name_length <= end);
      check_name(&line);
    }
    if (line.fault) continue;
    DEMAND(line.value >= text && line.value + line.value_length <= end);
  }
  free(text);
  return 0;
}
