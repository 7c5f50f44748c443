/* Zeroing that the compiler cannot drop, and copying that leaves nothing in vector registers. */
#ifndef AGENTKEYS_CORE_WIPE_H
#define AGENTKEYS_CORE_WIPE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroes `bytes` bytes. Async-signal-safe. */
void ak_wipe(void *address, size_t bytes);

/*
 * Copies `bytes` bytes between buffers that do not overlap. Async-signal-safe.
 * WHY NOT memcpy: it moves through vector registers, whose content stays behind and lands in the next core dump.
 */
void ak_copy(void *to, const void *from, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
