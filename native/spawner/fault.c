/* Forced failures for tests. In the installed programs every AK_FAULT is the constant 0. */
#include "spawner/fault.h"

#ifdef AGENTKEYS_FAULTS
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned fault_stage;
static int fault_error; /* -1: kill; 0: wait */
static char fault_out[512], fault_in[512];

/* Says who has come to this stage over one FIFO and goes on when the other one is opened and closed: an event, not a pause. */
static void wait_for_test(void) {
  char pid[16];
  int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
  int out = open(fault_out, O_WRONLY | O_CLOEXEC);
  if (out < 0 || write(out, pid, (size_t)n) != n) _exit(99);
  close(out);
  int in = open(fault_in, O_RDONLY | O_CLOEXEC);
  while (in >= 0 && read(in, pid, sizeof pid) > 0) continue;
  close(in);
}

int ak_fault_at(unsigned stage) {
  if (!fault_stage || stage != fault_stage) return 0;
  if (fault_error < 0) kill(getpid(), SIGKILL);
  if (fault_error == 0) wait_for_test();
  return fault_error;
}

int ak_fault_set(const char *text) {
  char *end;
  fault_stage = (unsigned)strtoul(text, &end, 10);
  if (*end != ':') return -1;
  if (!fault_stage) return -1;
  if (!strncmp(end + 1, "wait=", 5)) {
    snprintf(fault_out, sizeof fault_out, "%s.out", end + 6);
    snprintf(fault_in, sizeof fault_in, "%s.in", end + 6);
    return 0;
  }
  fault_error = strcmp(end + 1, "kill") == 0 ? -1 : atoi(end + 1);
  return fault_error ? 0 : -1;
}
#else
typedef int ak_fault_unused; /* ISO C forbids an empty file */
#endif
