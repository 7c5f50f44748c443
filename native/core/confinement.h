/* How confined a process is, as /proc/PID/status tells it. */
#ifndef AK_CONFINEMENT_H
#define AK_CONFINEMENT_H

struct ak_confinement {
  long no_new_privs; /* 0 or 1 */
  long seccomp;      /* 0, 1 strict, 2 filter */
  long filters;      /* how many filters; 0 on kernels that do not tell (before 5.10) */
  unsigned long long permitted, bounding; /* capabilities */
};

/* `path` is a process's status file. 0 or -errno; -ESRCH: the process is gone. */
int ak_confinement_read(const char *path, struct ak_confinement *out);

/* 1 where `inner` has a filter that `outer` lacks. Filters can only be added, so more of them means stricter. */
int ak_confinement_is_filtered_more(const struct ak_confinement *inner, const struct ak_confinement *outer);

/* 1 where `inner` lacks a capability that a program started by `outer` could have. */
int ak_confinement_has_less(const struct ak_confinement *inner, const struct ak_confinement *outer);

/* Where a process stands: its root directory and its namespaces. */
#define AK_PLACE_PARTS 9
struct ak_place {
  struct {
    unsigned long long device, inode;
  } parts[AK_PLACE_PARTS];
};

/* `process` is /proc/self or /proc/PID. 0 or -errno. A namespace that the kernel does not have counts as the same for all. */
int ak_place_read(const char *process, struct ak_place *out);
int ak_place_is_same(const struct ak_place *one, const struct ak_place *other);

#endif
