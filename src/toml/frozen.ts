/** Makes values that several launches share safe from being changed by one of them. */

/** A copy without a prototype that cannot be changed. */
export function freezeRecord<Value extends object>(value: Value): Readonly<Value> {
  return Object.freeze(Object.assign(Object.create(null), value));
}

/** Freezing a Map leaves its entries open to `set`; these methods then throw. */
export function freezeMap<Key, Value>(entries: Iterable<readonly [Key, Value]>): ReadonlyMap<Key, Value> {
  const map = new Map(entries);
  const refuse = { value: refuseChange };
  return Object.freeze(Object.defineProperties(map, { set: refuse, delete: refuse, clear: refuse }));
}

function refuseChange(): never {
  throw new TypeError('a frozen map');
}
