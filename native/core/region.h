/*
 * Secret regions: whole pages of shared memory that stay out of dumps, forked children and, where the kernel has
 * memfd_secret, out of reach of every other reader. Every function is async-signal-safe.
 */
#ifndef AGENTKEYS_CORE_REGION_H
#define AGENTKEYS_CORE_REGION_H

#include <stddef.h>

#include "core/wipe.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AK_REGION_SECRETMEM 1 /* memfd_secret */
#define AK_REGION_LOCKED 2    /* a memfd, mlocked: readable through procfs by whoever may trace this process */

/* No region is longer: nobody who hands us a descriptor can make us lock more. */
#define AK_REGION_MAX ((size_t)64 << 20)

struct ak_region {
	void *address; /* NULL: not mapped */
	size_t length; /* bytes, whole pages; stays after unmap */
	int fd;        /* -1: closed */
	int kind;      /* AK_REGION_* */
};

/*
 * A zeroed region of at least `bytes` bytes, every page present. 0, or -errno with nothing left behind:
 * -EAGAIN or -ENOMEM mean that the limit of locked memory is reached (never answered with ordinary memory).
 */
int ak_region_create(struct ak_region *region, size_t bytes, int force_fallback);

/*
 * Maps a received region. On success `fd` belongs to the region; on failure it stays the caller's. 0 or -errno:
 * -EINVAL: neither memfd_secret nor a memfd, or not whole pages; -EPERM: a memfd that could still shrink under us.
 */
int ak_region_map(struct ak_region *region, int fd);

/* Zeroes the bytes for every process that maps them. No-op if not mapped. */
void ak_region_wipe(const struct ak_region *region);
/* munmap only. Idempotent. */
void ak_region_unmap(struct ak_region *region);
/* Closes the descriptor only. Idempotent. */
void ak_region_close(struct ak_region *region);
/* Unmaps and closes, without wiping: the bytes belong to whoever else holds the descriptor. Idempotent. */
void ak_region_drop(struct ak_region *region);

#ifdef __cplusplus
}
#endif
#endif
