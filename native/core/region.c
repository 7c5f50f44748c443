#include "core/region.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447 /* the same on every architecture */
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* Linux 6.3; implies MFD_ALLOW_SEALING */
#endif
#define SECRETMEM_MAGIC 0x5345434dL

#define FIXED_LENGTH (F_SEAL_SHRINK | F_SEAL_GROW)

static size_t page_bytes(void)
{
  return (size_t)sysconf(_SC_PAGESIZE);
}

static int failed(void)
{
  return errno > 0 ? -errno : -EIO;
}

static int map_shared(struct ak_region *region)
{
  void *address = mmap(NULL, region->length, PROT_READ | PROT_WRITE, MAP_SHARED, region->fd, 0);
  if (address == MAP_FAILED)
    return failed();
  region->address = address;
  /* SAFETY: without DONTFORK a fork elsewhere in the process hands the mapping to a child that knows nothing of it. */
  if (madvise(address, region->length, MADV_DONTFORK) != 0 || madvise(address, region->length, MADV_DONTDUMP) != 0)
    return failed();
  /* SAFETY: secretmem is locked by nature, and mlock on it fails with ENOMEM; EPERM means a limit of 0. */
  if (region->kind == AK_REGION_LOCKED && mlock(address, region->length) != 0)
    return errno == EPERM ? -ENOMEM : failed();
  return 0;
}

/* A page that cannot be had must fail here, at creation, and not in the middle of a decryption. */
static void touch_pages(const struct ak_region *region)
{
  volatile unsigned char *bytes = region->address;
  for (size_t at = 0, page = page_bytes(); at < region->length; at += page)
    bytes[at] = 0;
}

static int create_memfd(void)
{
  int fd = memfd_create("agentkeys", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL)
    fd = memfd_create("agentkeys", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd;
}

/* Only a kernel that has no memfd_secret for us leads to the fallback; running out of anything does not. */
static int is_unsupported(int error)
{
  return error == ENOSYS || error == EPERM || error == EACCES || error == EINVAL || error == EOPNOTSUPP;
}

static int open_descriptor(struct ak_region *region, int force_fallback)
{
  region->kind = AK_REGION_SECRETMEM;
  /* SAFETY: O_CLOEXEC is the only flag the call knows; a region's descriptor never crosses an exec by accident. */
  region->fd = force_fallback ? -1 : (int)syscall(SYS_memfd_secret, O_CLOEXEC);
  if (region->fd < 0 && !force_fallback && !is_unsupported(errno))
    return failed();
  if (region->fd < 0) {
    region->kind = AK_REGION_LOCKED;
    region->fd = create_memfd();
  }
  return region->fd < 0 ? failed() : 0;
}

int ak_region_create(struct ak_region *region, size_t bytes, int force_fallback)
{
  size_t page = page_bytes();
  *region = (struct ak_region){ NULL, 0, -1, 0 };
  if (bytes == 0 || bytes > AK_REGION_MAX)
    return -EINVAL;
  int result = open_descriptor(region, force_fallback);
  if (result != 0)
    return result;
  region->length = (bytes + page - 1) / page * page;
  /* SAFETY: secretmem takes exactly one ftruncate, from 0; a memfd gets the same property from its seals. */
  if (ftruncate(region->fd, (off_t)region->length) != 0)
    result = failed();
  if (result == 0 && region->kind == AK_REGION_LOCKED &&
      fcntl(region->fd, F_ADD_SEALS, FIXED_LENGTH | F_SEAL_SEAL) != 0)
    result = failed();
  if (result == 0)
    result = map_shared(region);
  if (result != 0) {
    ak_region_drop(region);
    return result;
  }
  touch_pages(region);
  return 0;
}

/* AK_REGION_* or -errno. F_GET_SEALS alone would take any regular file for secretmem. */
static int kind_of(int fd)
{
  struct statfs system;
  if (fstatfs(fd, &system) != 0)
    return failed();
  /* f_type is signed on some architectures; the magic fits 32 bits. */
  if ((unsigned int)system.f_type == (unsigned int)SECRETMEM_MAGIC)
    return AK_REGION_SECRETMEM;
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0)
    return -EINVAL;
  /* SAFETY: a memfd that its sender may shrink turns our next access into SIGBUS. */
  return (seals & FIXED_LENGTH) == FIXED_LENGTH ? AK_REGION_LOCKED : -EPERM;
}

int ak_region_map(struct ak_region *region, int fd)
{
  struct stat facts;
  *region = (struct ak_region){ NULL, 0, -1, 0 };
  int kind = kind_of(fd);
  if (kind < 0)
    return kind;
  if (fstat(fd, &facts) != 0)
    return failed();
  if (facts.st_size <= 0 || (size_t)facts.st_size > AK_REGION_MAX || (size_t)facts.st_size % page_bytes() != 0)
    return -EINVAL;
  *region = (struct ak_region){ NULL, (size_t)facts.st_size, fd, kind };
  int result = map_shared(region);
  if (result != 0) {
    ak_region_unmap(region);
    region->fd = -1;
  }
  return result;
}

void ak_region_wipe(const struct ak_region *region)
{
  if (region->address != NULL)
    ak_wipe(region->address, region->length);
}

void ak_region_unmap(struct ak_region *region)
{
  if (region->address != NULL)
    munmap(region->address, region->length);
  region->address = NULL;
}

void ak_region_close(struct ak_region *region)
{
  if (region->fd >= 0)
    close(region->fd);
  region->fd = -1;
}

void ak_region_drop(struct ak_region *region)
{
  ak_region_unmap(region);
  ak_region_close(region);
}
