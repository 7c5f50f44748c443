/** The protections that the compiler and the linker were asked for, read back from the built files. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readSymbols } from '../support/object-symbols.ts';
import { root } from '../support/source-tree.ts';

interface Built {
  readonly file: string;
  /** One of the objects that it was linked from: a static program has no symbols left to look at. */
  readonly object: string;
  /** Libraries that it may ask for; a static program asks for none. */
  readonly mayNeed: RegExp;
  readonly isProgram: boolean;
}

const cLibrary = /^(?:libc\.so\.6|ld-linux-aarch64\.so\.1)$/; // musl, where it is installed, is linked in
const built: readonly Built[] = [
  { file: 'bin/agentkeys', object: 'build/prog/client/reply.o', mayNeed: cLibrary, isProgram: true },
  { file: 'bin/agentkeysd', object: 'build/prog/spawner/gate.o', mayNeed: cLibrary, isProgram: true },
  {
    file: 'build/agentkeys.node',
    object: 'build/addon/addon/message.o',
    mayNeed: /^(?:libstdc\+\+\.so\.6|libgcc_s\.so\.1|libm\.so\.6|libc\.so\.6|ld-linux-aarch64\.so\.1)$/,
    isProgram: false,
  },
];

function readelf(file: string, option: string): string {
  const { status, stdout } = spawnSync('readelf', ['-W', option, file], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`readelf ${option} ${file} failed`);
  return stdout;
}

/** The flags of the segments of one type, such as `R E`. */
function segmentFlags(file: string, type: string): string[] {
  const lines = readelf(file, '-l').split('\n');
  const row = new RegExp(`^\\s+${type}\\s+(?:0x[0-9a-f]+\\s+){5}([RWE ]{3})`);
  return lines.flatMap((line) => row.exec(line)?.[1] ?? []);
}

for (const { file, object, mayNeed, isProgram } of built) {
  test(`${file} can be loaded at any address`, (t) => {
    t.regex(readelf(file, '-h'), /Type:\s+DYN/);
    if (isProgram) t.regex(readelf(file, '-d'), /FLAGS_1.*\bPIE\b/);
  });

  test(`${file} binds every symbol at start and closes its tables`, (t) => {
    t.is(segmentFlags(file, 'GNU_RELRO').length, 1);
    t.regex(readelf(file, '-d'), /\(FLAGS(?:_1)?\).*\bNOW\b|BIND_NOW/);
  });

  test(`${file} has no memory that is writable and executable, and no executable stack`, (t) => {
    t.deepEqual(segmentFlags(file, 'GNU_STACK'), ['RW ']);
    const loaded = segmentFlags(file, 'LOAD');
    t.true(loaded.length >= 3);
    t.deepEqual(
      loaded.filter((flags) => flags.includes('W') && flags.includes('E')),
      [],
    );
  });

  test(`${file} has no text relocation and no library path of its own`, (t) => {
    t.notRegex(readelf(file, '-d'), /TEXTREL|RPATH|RUNPATH/);
  });

  test(`${file} checks its stack frames`, (t) => {
    t.true(readSymbols(object).undefined.includes('__stack_chk_fail'));
    const needed = readelf(file, '-d').includes('(NEEDED)');
    if (needed) t.regex(readelf(file, '--dyn-syms'), /\b__stack_chk_fail\b/);
  });

  test(`${file} needs no library but those of its language`, (t) => {
    const needed = [...readelf(file, '-d').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name);
    t.deepEqual(
      needed.filter((name) => !mayNeed.test(name)),
      [],
    );
  });

  test(`${file} tells nothing of where it was built`, (t) => {
    t.false(readFileSync(join(root, file)).includes(root.replace(/\/$/, '')));
    t.notRegex(readelf(file, '-S'), /\.(?:symtab|debug_info)\b/);
  });
}

test('the spawner that is installed has no forced failures', (t) => {
  const holds = (file: string) => readFileSync(join(root, file)).includes('--fault=');
  t.false(holds('bin/agentkeysd'));
  // The positive control: the spawner of the fault tests has them.
  t.true(holds('build/faults/bin/agentkeysd'));
});
