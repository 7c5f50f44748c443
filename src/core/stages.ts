/** The stages of a launch, in order; mirrors `enum ak_stage` of native/core/plan.h. */

export const launchStages = {
  1: {
    name: 'authority',
    meaning: 'the control socket was made by the caller itself, alive, and not by the broker',
  },
  2: { name: 'confinement', meaning: 'the caller is not more confined than the daemon' },
  3: { name: 'plan', meaning: 'the plan has known fields, bounded lists and harmless names' },
  4: { name: 'monitor', meaning: 'the monitor of the session is started' },
  5: { name: 'hello', meaning: 'the client has sent its descriptors and its launch context' },
  6: { name: 'context', meaning: 'the launch context is sealed and is the one that the broker decided on' },
  7: { name: 'fork', meaning: 'the child of the monitor is started' },
  8: { name: 'group', meaning: 'the agent has its own process group' },
  9: { name: 'groups', meaning: "the agent has exactly the caller's group and supplementary groups" },
  10: { name: 'user', meaning: "the agent has the caller's uid" },
  11: {
    name: 'stdio',
    meaning: "the caller's descriptors 0, 1 and 2 are in place, every other one is closed at exec",
  },
  12: { name: 'directory', meaning: "the caller's working directory is entered" },
  13: {
    name: 'cwd',
    meaning: "the profile's working directory, if it has one, is entered as the agent's user",
  },
  14: { name: 'arguments', meaning: 'the launch context is read' },
  15: { name: 'nofile', meaning: "the profile's limit on open descriptors can be set" },
  16: { name: 'core', meaning: "the profile's limit on core dumps can be set" },
  17: { name: 'resolve', meaning: "the executable is found with the agent's PATH" },
  18: { name: 'deliver', meaning: 'the monitor has the region and hands it to the child' },
  19: { name: 'region', meaning: 'the child has mapped the region' },
  20: { name: 'environment', meaning: 'the environment is built' },
  21: { name: 'executable', meaning: 'the executable is still the one that was resolved' },
  22: { name: 'limits', meaning: "limits, umask and niceness are set, the profile's before the caller's" },
  23: { name: 'signals', meaning: 'dispositions and mask are clean' },
  24: { name: 'exec', meaning: 'the executable takes over' },
} as const;

export type LaunchStage = keyof typeof launchStages;

/** undefined for a number that is no stage. */
export function findLaunchStage(stage: number): (typeof launchStages)[LaunchStage] | undefined {
  return Object.hasOwn(launchStages, stage) ? launchStages[stage as LaunchStage] : undefined;
}
