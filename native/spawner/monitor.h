/* The monitor: one per session; session leader, keeper of the delivered region and of the exit status. */
#ifndef AK_MONITOR_H
#define AK_MONITOR_H

#include "spawner/child.h"
#include "spawner/plan.h"

/* What the spawner found out by itself about the caller, and the two sockets that the monitor keeps. */
struct monitor_input {
  const struct ak_plan *plan;
  const char *socket_entry;
  int control; /* to the client */
  int link;    /* to the spawner */
  int session_directory;
  uint32_t uid, gid;
  const uint32_t *groups;
  size_t group_count;
  int take_no_new_privs;
};

struct monitor {
  const struct monitor_input *in;
  int control, link, gate, marks, events, door; /* -1 when closed; events is a signalfd */
  int child;
  int region_fd; /* held unmapped; -1 when there is none */
  uint32_t stage; /* the last one that the child entered */
  int stage_error;
  int status, has_told_end;
  int early_signal; /* came between the go and the exec; 0: none */
  int is_prepared, is_going, has_execed, has_ended, has_failed, has_hung_up;
};

_Noreturn void monitor_run(const struct monitor_input *in);

/* Receives the client's descriptors and context, checks the context against the plan, forks the child. Closes what it passed on.
   0, or reports the failure on the link and returns -1. */
int monitor_launch(struct monitor *m);

/* Commit and go from the spawner, in this order. */
void monitor_deliver(struct monitor *m, const struct ak_commit *commit, int fd);
void monitor_go(struct monitor *m, const struct ak_head *go);

/* monitor-door.c: where a new spawner finds this session. Opened once the agent runs, off the launch's own time. */
void monitor_open_door(struct monitor *m);
void monitor_answer_door(struct monitor *m);
void monitor_close_door(struct monitor *m);

/* Maps the held region, wipes it in place, lets it go. The one who wipes: a child that has exec'd no longer needs it, a child
   that has failed must not leave it. */
void monitor_wipe(struct monitor *m);

/* AK_FAILED to the spawner, once; the region is wiped before the word goes out. */
void monitor_report_failure(struct monitor *m, uint32_t stage, int error);

#endif
