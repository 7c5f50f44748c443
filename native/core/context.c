/* The launch context: what the client itself asks to run, in a memfd sealed against every change. */
#include "core/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#endif

/* Exactly `count` strings in `length` bytes, the last byte a NUL. */
static int strings_agree(const char *bytes, size_t length, uint32_t count) {
  uint32_t seen = 0;
  for (size_t i = 0; i < length; i++)
    if (!bytes[i]) seen++;
  return seen == count && (length == 0 || bytes[length - 1] == 0);
}

static int parse(struct ak_context *c) {
  const struct ak_context_header *h = c->header = (const struct ak_context_header *)c->base;
  if (h->magic != AK_CONTEXT_MAGIC || h->version != 1 || h->argc == 0) return -EPROTO;
  if (h->argv_length > AK_CONTEXT_MAX || h->env_length > AK_CONTEXT_MAX) return -EPROTO;
  if (sizeof *h + (size_t)h->argv_length + h->env_length != c->length) return -EPROTO;
  c->argc = h->argc;
  c->argv_bytes = (const char *)c->base + sizeof *h;
  c->argv_length = h->argv_length;
  c->envc = h->envc;
  c->env_bytes = c->argv_bytes + c->argv_length;
  c->env_length = h->env_length;
  if (!strings_agree(c->argv_bytes, c->argv_length, c->argc)) return -EPROTO;
  return strings_agree(c->env_bytes, c->env_length, c->envc) ? 0 : -EPROTO;
}

int ak_context_map(int memfd, struct ak_context *out) {
  int seals = fcntl(memfd, F_GET_SEALS);
  if (seals < 0) return -errno;
  /* Without all four the client could change what runs after the broker has decided on it. */
  if ((seals & AK_CONTEXT_SEALS) != AK_CONTEXT_SEALS) return -EPERM;
  struct stat facts;
  if (fstat(memfd, &facts)) return -errno;
  if (facts.st_size < (off_t)sizeof(struct ak_context_header)) return -EPROTO;
  if (facts.st_size > AK_CONTEXT_MAX) return -E2BIG;
  out->length = (size_t)facts.st_size;
  void *at = mmap(NULL, out->length, PROT_READ, MAP_PRIVATE, memfd, 0);
  if (at == MAP_FAILED) return -errno;
  out->base = at;
  int bad = parse(out);
  if (bad) ak_context_unmap(out);
  return bad;
}

void ak_context_unmap(struct ak_context *context) {
  if (context->base) munmap((void *)context->base, context->length);
  context->base = NULL;
}
