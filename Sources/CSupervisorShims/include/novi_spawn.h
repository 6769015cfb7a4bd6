// Starts a program with everything a supervisor sets between clone and exec.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The step that failed; 0 is none. The Swift enum SpawnError.Stage has the same numbers.
enum novi_spawn_stage {
    NOVI_STAGE_NONE = 0,
    NOVI_STAGE_ARGUMENTS,
    NOVI_STAGE_CLONE,
    NOVI_STAGE_CGROUP,
    NOVI_STAGE_SETSID,
    NOVI_STAGE_OOM_SCORE,
    NOVI_STAGE_NICE,
    NOVI_STAGE_DESCRIPTORS,
    NOVI_STAGE_RLIMIT,
    NOVI_STAGE_SETGROUPS,
    NOVI_STAGE_SETGID,
    NOVI_STAGE_SETUID,
    NOVI_STAGE_CHDIR,
    NOVI_STAGE_NO_NEW_PRIVILEGES,
    NOVI_STAGE_PARENT_DEATH_SIGNAL,
    NOVI_STAGE_EXEC,
};

enum {
    // The most descriptors that a child can be given.
    NOVI_SPAWN_MAX_DESCRIPTORS = 64,
};

typedef struct novi_resource_limit {
    int32_t resource;  // RLIMIT_…
    uint64_t soft, hard;
} novi_resource_limit;

typedef struct novi_spawn_plan {
    const char *path;  // no search in PATH
    char *const *argv;
    char *const *envp;
    const char *working_directory;  // NULL: inherit
    const int *descriptors;         // descriptors[i] becomes i; -1 is /dev/null; all others close on exec
    int descriptor_count;
    int new_session;
    int sets_identity;  // 0: keep ours
    uint32_t user;
    uint32_t group;
    const uint32_t *groups;
    size_t group_count;
    int sets_umask;
    uint32_t umask;
    int sets_nice;
    int nice;
    int sets_oom_score;
    int oom_score;
    const novi_resource_limit *limits;
    size_t limit_count;
    int no_new_privileges;
    int parent_death_signal;  // 0: none
    int cgroup;               // descriptor of a cgroup 2 folder, -1: none
    char *listen_pid;         // the digits of LISTEN_PID= inside envp, at least 12 bytes; NULL: none
} novi_spawn_plan;

typedef struct novi_spawn_result {
    int32_t pid;
    int pidfd;
    int stage;
    int error;
    int detail;  // which descriptor or which limit
} novi_spawn_result;

// Returns 0, or -1 with stage, error and detail set. Safe in any thread. Returns when the child has exec'd or failed; a
// child that failed is reaped already. PR_SET_PDEATHSIG is tied to the calling thread.
int novi_spawn(const novi_spawn_plan *plan, novi_spawn_result *result);
