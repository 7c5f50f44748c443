/* The steps of `import`: the names of a .env file to the CLI, one value of it to the broker's pipe. The CLI sees no value. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/env-file.h"
#include "client/step.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)
#define LINES_MAX 1000

struct env_text {
  struct ak_region region;
  struct env_line lines[LINES_MAX];
  size_t count;
};

/* By position, since both steps read one descriptor. */
static int read_file(struct ak_region *region, size_t *length) {
  struct stat facts;
  if (fstat(0, &facts) || !S_ISREG(facts.st_mode)) return STEP_UNREADABLE;
  if ((size_t)facts.st_size > FILE_MAX_BYTES) return STEP_TOO_LONG;
  if (step_protect(region, (size_t)facts.st_size + 1)) return STEP_FAILED;
  while (*length < (size_t)facts.st_size) {
    ssize_t n = pread(0, (unsigned char *)region->address + *length, (size_t)facts.st_size - *length, (off_t)*length);
    if (n < 0) return STEP_UNREADABLE;
    if (n == 0) break;
    *length += (size_t)n;
  }
  return STEP_OK;
}

static int is_same_name(const struct env_line *one, const struct env_line *other) {
  return one->name && other->name && one->name_length == other->name_length &&
         !memcmp(one->name, other->name, one->name_length);
}

static int read_lines(struct env_text *text) {
  struct env_cursor cursor;
  struct env_line line;
  size_t length = 0;
  int code = read_file(&text->region, &length);
  if (code != STEP_OK) return code;
  env_begin(&cursor, text->region.address, length);
  while (env_next(&cursor, &line)) {
    if (text->count == LINES_MAX) return STEP_TOO_MANY;
    /* The last line of a name counts. If it cannot be used, the one before it is not what the file says. */
    for (size_t i = 0; line.fault && i < text->count; i++)
      if (is_same_name(&text->lines[i], &line) && !text->lines[i].fault) text->lines[i].fault = "replaced";
    text->lines[text->count++] = line;
  }
  return STEP_OK;
}

static struct env_text text;

int step_env_names(void) {
  int code = read_lines(&text);
  for (size_t i = 0; code == STEP_OK && i < text.count; i++) {
    const struct env_line *line = &text.lines[i];
    if (line->fault)
      printf("%zu ?%s\n", line->number, line->fault);
    else
      printf("%zu %.*s\n", line->number, (int)line->name_length, line->name);
  }
  if (code == STEP_OK && fflush(stdout)) code = STEP_FAILED;
  step_forget(&text.region);
  return code;
}

int step_env_value(const char *name) {
  const struct env_line wanted = {.name = name, .name_length = strlen(name)}, *found = NULL;
  int code = read_lines(&text);
  for (size_t i = 0; code == STEP_OK && i < text.count; i++)
    if (is_same_name(&text.lines[i], &wanted)) found = &text.lines[i];
  if (code == STEP_OK && (!found || found->fault)) code = STEP_NOT_FOUND;
  if (code == STEP_OK) code = step_write(AK_STEP_PIPE, found->value, found->value_length);
  step_forget(&text.region);
  return code;
}
