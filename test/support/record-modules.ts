/** Loaded with `--import` before a program: writes the URL of every module that it then loads to $RECORDED_MODULES. */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const { RECORDED_MODULES } = process.env;
if (RECORDED_MODULES === undefined) throw new Error('RECORDED_MODULES is not set');

registerHooks({
  load(url, context, nextLoad) {
    // At once, not at the end: the program may end by exec or by a signal.
    appendFileSync(RECORDED_MODULES, `${url}\n`);
    return nextLoad(url, context);
  },
});
