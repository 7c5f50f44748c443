/** Delivery by the environment: every program understands it, and every process of the uid can read it. */
import { deliveryModeWords } from '../../core/delivery-modes.ts';
import type { DeliveryMode } from '../delivery.ts';
import { checkValues, layoutEnvironment, writeNames } from './layout.ts';

export const envMode: DeliveryMode = {
  name: 'env',
  grade: deliveryModeWords.env.grade,
  plan: layoutEnvironment,
  writeNames,
  checkValues,
};
