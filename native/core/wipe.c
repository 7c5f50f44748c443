#include "core/wipe.h"

#if defined(__x86_64__)

/* SAFETY: the ABI keeps the direction flag clear; the memory clobber makes every byte count as read afterwards. */
void ak_wipe(void *address, size_t bytes)
{
  __asm__ volatile("rep stosb" : "+D"(address), "+c"(bytes) : "a"(0) : "memory");
}

void ak_copy(void *to, const void *from, size_t bytes)
{
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

#else

/* SAFETY: accesses through volatile are neither dropped nor merged into vector operations. */
void ak_wipe(void *address, size_t bytes)
{
  volatile unsigned char *to = address;
  while (bytes-- > 0)
    *to++ = 0;
  __asm__ volatile("" : : "r"(address) : "memory");
}

void ak_copy(void *to, const void *from, size_t bytes)
{
  volatile unsigned char *out = to;
  const volatile unsigned char *in = from;
  while (bytes-- > 0)
    *out++ = *in++;
}

#endif
