import test from 'ava';
import { deliveryModeWords, isAvailableMode } from '../../src/core/delivery-modes.ts';
import { deliveryModes, findDeliveryMode } from '../../src/delivery/index.ts';
import { testDeliveryContract } from '../contracts/delivery.ts';

for (const mode of deliveryModes) testDeliveryContract(test, mode);

test('a mode is found by its exact name and by nothing else', (t) => {
  t.is(findDeliveryMode('env')?.grade, 'E');
  for (const name of ['', 'ENV', 'env ', 'fd', 'toString']) t.is(findDeliveryMode(name), undefined);
});

test('no two modes have one name', (t) => {
  t.is(new Set(deliveryModes.map(({ name }) => name)).size, deliveryModes.length);
});

test('the modes that profiles can ask for are those that are registered', (t) => {
  const available = Object.keys(deliveryModeWords).filter(isAvailableMode);
  t.deepEqual(
    available,
    deliveryModes.map(({ name }) => name),
  );
});
