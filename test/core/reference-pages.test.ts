import test from 'ava';
import { readTable, referenceTables } from '../support/reference-pages.ts';

for (const { page, marker, table } of referenceTables) {
  test(`${page} lists exactly the ${marker} that the code declares`, (t) => {
    const declared = table.split('\n');
    const listed = readTable({ page, marker })?.split('\n') ?? [];
    const remedy = 'node test/support/reference-pages.ts writes the tables anew';
    t.deepEqual(
      declared.filter((row) => !listed.includes(row)),
      [],
      `missing; ${remedy}`,
    );
    t.deepEqual(
      listed.filter((row) => !declared.includes(row)),
      [],
      `left over; ${remedy}`,
    );
    t.deepEqual(listed, declared, `in another order; ${remedy}`);
  });
}
