/* The spawner: owns the request socket and the lock, starts the broker, forks monitors. Knows no credential. */
#ifndef AK_SPAWNER_H
#define AK_SPAWNER_H

#include <stdint.h>
#include <sys/types.h>

#include "core/paths.h"
#include "core/plan.h"

/* How long a broker may leave its side unread, or take to stop, before it counts as stuck, in ms. */
#define STUCK_MS 5000

enum phase { AK_PREPARING, AK_PREPARED_PHASE, AK_COMMITTED, AK_RUNNING, AK_ENDED_PHASE };

struct session {
  struct session *next;
  uint64_t id;
  int link; /* to its monitor */
  pid_t monitor, pid;
  enum phase phase;
  int status, has_told_end;
  uint32_t label_length;
  char label[];
};

struct spawner {
  struct ak_paths paths;
  char root[AK_PATH_MAX];
  char socket_entry[AK_PATH_MAX + 32];
  int listener, broker_link, poller, signals, null_fd;
  int session_directory; /* where monitors have their doors */
  int broker_voice;      /* what the broker prints; -1 when it has closed it */
  pid_t broker;
  int is_foreground, is_stopping, is_listening, force_fallback;
  uint64_t broker_started_ms;
  unsigned quick_deaths;
  struct session *sessions;
};

/* boot.c: directories, the lock (one daemon per state directory), the request socket. 0, or an exit code after one line on stderr. */
int boot_prepare(struct spawner *s);
void boot_complain(const char *message, const char *what, const char *hint);

/* broker.c */
int broker_start(struct spawner *s);
/* Passes on what the broker printed to whoever started the daemon, as long as somebody listens. */
void broker_hear_voice(struct spawner *s);
/* Decides after the broker's death: starts another, or ends the daemon where it dies at once, again and again. */
int broker_after_death(struct spawner *s, int status);
/* confine.c: no_new_privs, core limit 0 and the seccomp filter. For the broker only; agents never inherit it. 0 or -errno. */
int confine_broker(void);

/* sessions.c */
struct session *session_find(const struct spawner *s, uint64_t id);
struct session *session_add(struct spawner *s, uint64_t id, const char *label, uint32_t label_length);
/* Closes the link; before the go that is the order to give up. Tells the broker that the session is gone. */
void session_remove(struct spawner *s, struct session *session);
void sessions_abandon_unstarted(struct spawner *s);
void sessions_announce(struct spawner *s);
/* One message from a monitor. */
void session_hear(struct spawner *s, struct session *session);

/* adopt.c: takes over the sessions that outlived an earlier spawner. */
void adopt_sessions(struct spawner *s);

/* launch.c */
void launch_prepare(struct spawner *s, const unsigned char *bytes, size_t length, int control);
void launch_commit(struct spawner *s, const unsigned char *bytes, size_t length, int fd);
void launch_go(struct spawner *s, const struct ak_head *head);
void launch_abort(struct spawner *s, const struct ak_head *head);
void launch_refuse(struct spawner *s, uint64_t session, uint32_t stage, int error);

/* authority.c: who made this control socket, by the kernel's word alone. 0, or errno and the stage it failed at. */
struct authority {
  uid_t uid;
  gid_t gid;
  uint32_t groups[1024];
  size_t group_count;
  int take_no_new_privs;
};
int authority_read(const struct spawner *s, int control, struct authority *out, uint32_t *stage);

/* Sends to the broker; waits for room, since the broker always reads. Without a broker it is dropped. */
void tell_broker(struct spawner *s, const void *bytes, size_t length);

#endif
