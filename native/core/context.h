/* The launch context: what the client itself asks to run, in a memfd sealed against every change. */
#ifndef AK_CONTEXT_H
#define AK_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#define AK_CONTEXT_MAGIC 0x31434b41u /* "AKC1" */
#define AK_CONTEXT_MAX (8u << 20)
#define AK_CONTEXT_LIMITS 16
/* F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE */
#define AK_CONTEXT_SEALS 0x000f

#ifdef __cplusplus
extern "C" {
#endif

/* Native byte order: the memfd never leaves the machine. Followed by argv, then the environment, each as NUL-terminated strings. */
struct ak_context_header {
  uint32_t magic;
  uint32_t version;
  uint32_t argc;
  uint32_t envc;
  uint32_t argv_length;
  uint32_t env_length;
  uint32_t file_mode_mask;
  int32_t nice;
  uint64_t ignored; /* bit n-1: signal n was ignored by the caller */
  uint16_t rows, columns;
  uint32_t no_new_privs;
  struct {
    uint64_t soft, hard;
  } limits[AK_CONTEXT_LIMITS]; /* by resource number; soft > hard: not given */
};

struct ak_context {
  const unsigned char *base;
  size_t length;
  const struct ak_context_header *header;
  uint32_t argc;
  const char *argv_bytes;
  size_t argv_length;
  uint32_t envc;
  const char *env_bytes;
  size_t env_length;
};

/* Maps read-only and checks seals, type, version, bounds and string counts. 0 or -errno: -EPERM not sealed, -EPROTO malformed,
   -E2BIG over AK_CONTEXT_MAX. Async-signal-safe: the child calls it between fork and exec. */
int ak_context_map(int memfd, struct ak_context *out);
void ak_context_unmap(struct ak_context *context);

#ifdef __cplusplus
}
#endif

#endif
