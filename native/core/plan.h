/* Every message between broker, spawner, monitor and client, and the stages of a launch (mirrored in src/core/stages.ts). */
#ifndef AK_PLAN_H
#define AK_PLAN_H

#include <stdint.h>

/* Raised whenever a struct below changes: programs of two versions refuse each other. Mirrored in src/native/launch-plan.ts. */
#define AK_WIRE_VERSION 2
#define AK_MESSAGE_MAX 65536
#define AK_STRINGS_MAX 512
#define AK_VARIABLES_MAX 64
/* Holds what is told of AK_VARIABLES_MAX credentials with the longest names. */
#define AK_LABEL_MAX 20480
#define AK_PATH_BYTES 4096
/* execve refuses one NAME=value longer than this, its NUL included (MAX_ARG_STRLEN). */
#define AK_STRING_BYTES 131072

/* Native byte order throughout: these messages never leave the machine. */
struct ak_head {
  uint16_t version;
  uint16_t type;
  uint32_t zero;
  uint64_t session;
};

enum ak_type {
  /* broker to spawner */
  AK_PREPARE = 1, /* struct ak_prepare, its strings, the label; descriptor: the control socket */
  AK_COMMIT = 2,  /* struct ak_commit; descriptor: the region, or none */
  AK_GO = 3,      /* everything before it on this socket has happened, the broker's unmapping included */
  AK_ABORT = 4,
  AK_STOP = 5,
  /* spawner to broker */
  AK_PREPARED = 16, /* struct ak_prepared and the resolved path */
  AK_FAILED = 17,   /* struct ak_failed */
  AK_MAPPED = 18,   /* the child holds the region mapped and locked */
  AK_EXECED = 19,
  AK_EXITED = 20, /* struct ak_exited */
  AK_GONE = 21,   /* the monitor has ended */
  AK_SESSION = 22, /* struct ak_session and its label: a session that outlived the broker before this one */
  AK_STOPPING = 23,
  AK_READY = 24, /* every AK_SESSION has been sent */
  /* client to monitor, over the control socket */
  AK_HELLO = 32,  /* struct ak_hello; descriptors: the open ones of 0, 1, 2, then cwd, then the launch context */
  AK_SIGNAL = 33, /* struct ak_signal */
  /* monitor to client */
  AK_STARTED = 48,
  AK_ENDED = 49, /* struct ak_exited */
  AK_STOPPED = 50, /* struct ak_exited: the agent has stopped, and so should the client */
};

enum ak_inherit { AK_INHERIT_CALLER = 0, AK_INHERIT_MINIMAL = 1, AK_INHERIT_NONE = 2 };

/* A rule that the profile does not set: the agent gets the caller's. */
#define AK_LIMIT_ABSENT UINT64_MAX
#define AK_MASK_ABSENT UINT32_MAX
#define AK_OPEN_FILES_MIN 3
#define AK_OPEN_FILES_MAX 1048576
/* What a JavaScript number holds exactly. */
#define AK_CORE_MAX ((1ull << 53) - 1)

/* The strings follow in this order: pass, unset, set (NAME=value), secret names, the directory, then the label. */
struct ak_prepare {
  struct ak_head head;
  uint64_t context_device, context_inode;
  uint64_t open_files, core; /* soft and hard, or AK_LIMIT_ABSENT */
  uint32_t inherit;
  uint32_t pass_count, unset_count, set_count, secret_count;
  uint32_t directory_count; /* 1: an absolute path; 0: none */
  uint32_t file_mode_mask; /* or AK_MASK_ABSENT */
  uint32_t strings_length;
  uint32_t label_length;
  uint32_t zero;
};

/* `length` bytes of the region are `count` strings NAME=value back to back, each with its NUL. */
struct ak_commit {
  struct ak_head head;
  uint32_t length;
  uint32_t count;
};

struct ak_prepared {
  struct ak_head head;
  int32_t pid, monitor_pid;
  uint32_t uid, gid;
  uint64_t device, inode, size;
  int64_t modified_ns, changed_ns;
  uint32_t path_length;
  uint32_t zero;
};

struct ak_failed {
  struct ak_head head;
  uint32_t stage;
  int32_t error; /* errno; 0: the process died at this stage */
};

/* `status` as wait(2) gives it. */
struct ak_exited {
  struct ak_head head;
  int32_t status;
  int32_t pid;
};

struct ak_session {
  struct ak_head head;
  int32_t pid, monitor_pid;
  uint32_t ended; /* the leader has exited; descendants remain */
  uint32_t label_length;
};

struct ak_hello {
  struct ak_head head;
  uint32_t open_stdio; /* bit n: descriptor n of the caller was open and comes along */
  uint32_t zero;
};

struct ak_signal {
  struct ak_head head;
  int32_t number;
  int32_t zero;
};

/* In the order in which a launch passes them. A failure names the stage that it happened in. */
enum ak_stage {
  AK_STAGE_AUTHORITY = 1,
  AK_STAGE_CONFINEMENT = 2,
  AK_STAGE_PLAN = 3,
  AK_STAGE_MONITOR = 4,
  AK_STAGE_HELLO = 5,
  AK_STAGE_CONTEXT = 6,
  AK_STAGE_FORK = 7,
  AK_STAGE_GROUP = 8,
  AK_STAGE_GROUPS = 9,
  AK_STAGE_USER = 10,
  AK_STAGE_STDIO = 11,
  AK_STAGE_DIRECTORY = 12,
  AK_STAGE_CWD = 13,
  AK_STAGE_ARGUMENTS = 14,
  AK_STAGE_NOFILE = 15,
  AK_STAGE_CORE = 16,
  AK_STAGE_RESOLVE = 17,
  AK_STAGE_DELIVER = 18,
  AK_STAGE_REGION = 19,
  AK_STAGE_ENVIRONMENT = 20,
  AK_STAGE_EXECUTABLE = 21,
  AK_STAGE_LIMITS = 22,
  AK_STAGE_SIGNALS = 23,
  AK_STAGE_EXEC = 24,
};

/* What the child writes on its error pipe: a mark when it enters a stage, or the stage and its errno. */
struct ak_mark {
  uint32_t stage;
  int32_t error;
};

#endif
