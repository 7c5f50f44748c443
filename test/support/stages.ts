/** Stages of a launch by name, for tests that force something to happen in one. */
import { launchStages } from '../../src/core/stages.ts';

export function stageNumber(name: (typeof launchStages)[keyof typeof launchStages]['name']): number {
  const found = Object.entries(launchStages).find(([, stage]) => stage.name === name);
  return Number(found?.[0]);
}

/** The first stage after the go. */
export const afterGo = stageNumber('environment');
