/** The delivery modes by name: how exposed a value is afterwards, and to whom. Best first. */

/** `B`: shared memory that can be taken back; `C`: read once; `D`: a file while the agent runs; `E`: its environment. */
export type ExposureGrade = 'B' | 'C' | 'D' | 'E';

export interface DeliveryModeWords {
  readonly grade: ExposureGrade;
  /** Who can read the value after its delivery. */
  readonly readers: string;
}

export const deliveryModeWords = {
  fd: {
    grade: 'B',
    readers: "the agent's first process while it has it mapped, and whoever may trace that process",
  },
  pipe: { grade: 'C', readers: "whoever reads first; then the agent's own memory" },
  file: { grade: 'D', readers: 'every process of the same user while the agent runs' },
  env: {
    grade: 'E',
    readers: 'every process of the same user through /proc, and every process that the agent starts',
  },
} as const satisfies Record<string, DeliveryModeWords>;

export type DeliveryModeName = keyof typeof deliveryModeWords;
