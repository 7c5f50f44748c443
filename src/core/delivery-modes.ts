/** The delivery modes by name: how exposed a value is afterwards, and to whom. Best first. */

/** `B`: shared memory that can be taken back; `C`: read once; `D`: a file while the agent runs; `E`: its environment. */
export type ExposureGrade = 'B' | 'C' | 'D' | 'E';

export interface DeliveryModeWords {
  readonly grade: ExposureGrade;
  /** Who can read the value after its delivery. */
  readonly readers: string;
  /** Whether this version has it. */
  readonly isAvailable: boolean;
}

export const deliveryModeWords = {
  fd: {
    grade: 'B',
    readers: "the agent's first process while it has it mapped, and whoever may trace that process",
    isAvailable: false,
  },
  pipe: { grade: 'C', readers: "whoever reads first; then the agent's own memory", isAvailable: false },
  file: { grade: 'D', readers: 'every process of the same user while the agent runs', isAvailable: false },
  env: {
    grade: 'E',
    readers: 'every process of the same user through /proc, and every process that the agent starts',
    isAvailable: true,
  },
} as const satisfies Record<string, DeliveryModeWords>;

export type DeliveryModeName = keyof typeof deliveryModeWords;

/** Whether a profile can ask for it now. */
export function isAvailableMode(name: string): boolean {
  return Object.entries(deliveryModeWords).some(([mode, words]) => mode === name && words.isAvailable);
}
