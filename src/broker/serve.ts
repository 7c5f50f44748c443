/** The request socket with everything that answers on it. */
import type { Log } from '../log/log.ts';
import { Connection } from './connection.ts';
import { createDispatch, type DispatchOptions } from './dispatch.ts';
import { createHandlers, type HandlerParts } from './handlers.ts';
import { createListener, type Listener } from './listener.ts';

export interface ServeParts extends HandlerParts {
  readonly listenFd: number;
  readonly log: Log;
}

export function serveClients(parts: ServeParts): Listener {
  const { addon, clock, log, rules, version } = parts;
  const mayAsk: DispatchOptions['mayAsk'] = (definition, peer) => {
    if (rules.mayAsk(definition, peer)) return true;
    recordRefusal(parts, peer);
    return false;
  };
  const dispatch = createDispatch({ handlers: createHandlers(parts), mayAsk });
  return createListener({
    addon,
    clock,
    log,
    listenFd: parts.listenFd,
    ownerUid: process.getuid?.() ?? -1,
    open: (peer, onClosed) =>
      new Connection({ addon, clock, log, dispatch, greeting: { version, mode: 'user' }, peer, onClosed }),
    recordRefusal: (peer) => recordRefusal(parts, peer),
  });
}

/** A refusal releases nothing, so nobody waits for its record. */
function recordRefusal(
  { audit }: ServeParts,
  { uid, pid }: { readonly uid: number; readonly pid: number },
): void {
  audit.note({ event: 'refuse', uid, pid, code: 'REQUEST_REFUSED' }).catch(() => {});
}
