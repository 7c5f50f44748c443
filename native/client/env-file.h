/* The form of a .env file. */
#ifndef AK_ENV_FILE_H
#define AK_ENV_FILE_H

#include <stddef.h>

/* One line that is neither empty nor a comment. Pointers lead into the text; the value is unescaped in place. */
struct env_line {
  size_t number;     /* of its first line, from 1 */
  const char *name;  /* not terminated; NULL: the line has none that may be shown */
  size_t name_length;
  const unsigned char *value;
  size_t value_length;
  const char *fault; /* NULL, or one word: why the line cannot be used */
};

struct env_cursor {
  unsigned char *at, *end;
  size_t number;
};

/* Hostile input, whatever bytes. */
void env_begin(struct env_cursor *cursor, unsigned char *text, size_t length);
/* 0 at the end. The text is changed; a second reading is a second copy's. */
int env_next(struct env_cursor *cursor, struct env_line *line);

#endif
