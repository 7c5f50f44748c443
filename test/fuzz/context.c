/* The launch context of a client that wants to be more than it may: ak_context_map. First byte odd: the lengths are made to agree. */
/* links: core/context.c */
#include "core/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* The bytes of the strings follow from the size, so that mutations of strings get past the header. */
static void repair(uint8_t *bytes, size_t length) {
  struct ak_context_header h;
  if (length < sizeof h) return;
  memcpy(&h, bytes, sizeof h);
  size_t strings = length - sizeof h;
  if (h.argv_length > strings) h.argv_length = (uint32_t)strings;
  h.env_length = (uint32_t)(strings - h.argv_length);
  h.argc = h.envc = 0;
  for (size_t i = 0; i < strings; i++)
    if (!bytes[sizeof h + i]) (*(i < h.argv_length ? &h.argc : &h.envc))++;
  memcpy(bytes, &h, sizeof h);
}

/* `count` strings from `at` on end exactly at `end`. */
static int strings_end(const char *at, const char *end, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const char *nul = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
    if (!nul) return 0;
    at = nul + 1;
  }
  return at == end;
}

static int is_well_formed(const uint8_t *bytes, size_t length) {
  struct ak_context_header h;
  if (length < sizeof h) return 0;
  memcpy(&h, bytes, sizeof h);
  const char *argv = (const char *)bytes + sizeof h;
  if (h.magic != AK_CONTEXT_MAGIC || h.version != 1 || h.argc == 0) return 0;
  if ((uint64_t)h.argv_length + h.env_length != length - sizeof h) return 0;
  return strings_end(argv, argv + h.argv_length, h.argc) && strings_end(argv + h.argv_length, (const char *)bytes + length, h.envc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  size_t length = size - 1;
  uint8_t *bytes = copy_of(data + 1, length);
  if (data[0] & 1) repair(bytes, length);
  int fd = memfd_create("context", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  DEMAND(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
  struct ak_context c = {0};
  DEMAND(ak_context_map(fd, &c) == -EPERM);
  DEMAND(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
  DEMAND(ak_context_map(fd, &c) == -EPERM && !c.base);
  DEMAND(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
  int bad = ak_context_map(fd, &c);
  DEMAND(bad == (is_well_formed(bytes, length) ? 0 : -EPROTO));
  if (!bad) {
    DEMAND(c.argc > 0 && c.length == length && !memcmp(c.base, bytes, length));
    DEMAND(strings_end(c.argv_bytes, c.env_bytes, c.argc));
    DEMAND(strings_end(c.env_bytes, (const char *)c.base + length, c.envc));
    ak_context_unmap(&c);
  }
  DEMAND(!c.base);
  close(fd);
  free(bytes);
  return 0;
}
