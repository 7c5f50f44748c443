/** Names that no grammar of ours takes: they climb, hide, look like options or like other names. */

export const badNames: readonly string[] = [
  '../../etc/shadow',
  '../victim',
  '/etc/shadow',
  'a/b',
  'a%2fb',
  '.',
  '..',
  '.hidden',
  '-rf',
  '--help',
  '',
  'a'.repeat(65),
  'a'.repeat(300),
  'new\nline',
  'demo\n',
  'demo ',
  ' demo',
  'de mo',
  'Demo',
  'DEMO',
  'dеmo', // a Cyrillic letter
  'demo\u202e',
  'de\u0301mo',
  'demo\u001b[2J',
  'demo;id',
  '$(id)',
  'demo\\',
  '*',
];

/** Only in a frame: the kernel ends an argument at a NUL, and no text of a program holds half a surrogate. */
export const badNamesInFrames = [...badNames, 'demo\0', 'demo\0/../../etc/shadow', '\ud800', 'demo\udfff'];
