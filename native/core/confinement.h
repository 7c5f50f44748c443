/* How confined a process is, as /proc/PID/status tells it. */
#ifndef AK_CONFINEMENT_H
#define AK_CONFINEMENT_H

struct ak_confinement {
  long no_new_privs; /* 0 or 1 */
  long seccomp;      /* 0, 1 strict, 2 filter */
  long filters;      /* how many filters; 0 on kernels that do not tell (before 5.10) */
};

/* `path` is a process's status file. 0 or -errno; -ESRCH: the process is gone. */
int ak_confinement_read(const char *path, struct ak_confinement *out);

/* 1 where `inner` has a filter that `outer` lacks. Filters can only be added, so more of them means stricter. */
int ak_confinement_is_filtered_more(const struct ak_confinement *inner, const struct ak_confinement *outer);

#endif
