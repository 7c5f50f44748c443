/** The catalogue of everything that can go wrong: message, what to do, exit code. */
import type { ExitName } from './exit-codes.ts';

interface CatalogueEntry {
  /** `{key}` is replaced from the context; `[a|b]` is `a` where the context has its keys, else `b`. Lower case, no full stop. */
  readonly message: string;
  readonly hint: string;
  readonly exit: ExitName;
}

const entry = (exit: ExitName, message: string, hint: string): CatalogueEntry => ({ exit, message, hint });

/** Code → message, hint and exit code. A code exists only if some caller acts differently on it. */
export const errorCatalogue = {
  AUDIT_ABSENT: entry(
    'configuration',
    'there is no audit log yet',
    'it begins with the first daemon: agentkeys init, store or run start one',
  ),
  AUDIT_BROKEN: entry(
    'configuration',
    'the audit log does not verify: record {seq}: {rule}',
    '[the next daemon mends that once {disk}|keep the directory as evidence; a new log begins once {file} and its directory are moved away]',
  ),
  AUDIT_UNAVAILABLE: entry(
    'general',
    'the audit log cannot be [read ({file})|written], so nothing is released',
    'free space or repair the disk under the state directory, then try again',
  ),
  BACKEND_DENIED: entry(
    'refused',
    'the backend {backend} refused {service}',
    'check what the backend allows this account',
  ),
  BACKEND_LOCKED: entry('refused', 'the backend {backend} is locked', 'unlock it and try again'),
  BACKEND_MALFORMED: entry(
    'general',
    'the backend {backend} returned something that is not a credential for {service}',
    'check the entry in the backend',
  ),
  BACKEND_UNAVAILABLE: entry(
    'general',
    'the backend {backend} cannot be reached for {service}',
    'check that it is installed and running',
  ),
  CONFIG_INVALID: entry(
    'configuration',
    '{file}:{line}: {rule}',
    'correct the file; docs/config.md lists the keys. Without it everything has its default',
  ),
  CONFIG_UNSAFE: entry(
    'configuration',
    '{file} is refused: {rule}',
    'the configuration is a regular file of yours or of root, no link, that nobody else can write',
  ),
  CREDENTIAL_CHANGED: entry(
    'general',
    'the credential {service} was replaced while it was being read',
    'run the command again',
  ),
  CREDENTIAL_EXISTS: entry(
    'refused',
    'a credential named {service} is already stored',
    'give --replace to store a new version over it',
  ),
  CREDENTIAL_INVALID: entry(
    'general',
    'the value for {service} cannot be used: {rule}',
    'store a value of 1 to 65535 bytes; for the environment it must not contain a NUL byte',
  ),
  CREDENTIAL_MISSING: entry(
    'general',
    'no credential named {service} is stored',
    'store it first: agentkeys store {service}',
  ),
  DAEMON_GONE: entry(
    'unreachable',
    'the daemon ended before it answered',
    'try again; agentkeys status shows whether it runs',
  ),
  DAEMON_RUNNING: entry(
    'refused',
    'another agentkeysd already serves {directory}',
    'use it, or end it first: agentkeys stop',
  ),
  DAEMON_SILENT: entry(
    'unreachable',
    'the daemon at {socket} does not answer',
    'it is stopped or stuck: end the process agentkeysd, and the next verb starts another',
  ),
  DAEMON_UNREACHABLE: entry(
    'unreachable',
    'no daemon answers at {socket}',
    'start one: agentkeys run, init or store start it by themselves; agentkeys daemon --foreground shows why it ends',
  ),
  HARDENING_REFUSED: entry(
    'configuration',
    'the configuration asks for strict hardening, but {rule}',
    "give the daemon what it lacks, or accept less with hardening = 'report' in {file}",
  ),
  HOME_INVALID: entry(
    'configuration',
    'no directory for the daemon: {rule}',
    'set HOME, or AGENTKEYS_HOME to an absolute path of at most 88 bytes',
  ),
  INTERNAL: entry(
    'general',
    'something went wrong inside agentkeys ({where})',
    'please report it with the version that agentkeys version prints',
  ),
  LAUNCH_ABORTED: entry(
    'launchFailed',
    'the launch was given up before the agent started: {rule}',
    'run the command again',
  ),
  LAUNCH_CONFINED: entry(
    'launchFailed',
    'the caller is more confined than the daemon: {rule}',
    'start agentkeys from outside the sandbox, or run a daemon inside it',
  ),
  LAUNCH_CONTEXT: entry(
    'launchFailed',
    'the launch context was refused: {rule}',
    'run the agentkeys client that belongs to this daemon',
  ),
  LAUNCH_DIRECTORY: entry(
    'launchFailed',
    "the profile's working directory cannot be entered: {errno}",
    "make it, or change 'cwd' in [agent] of the profile",
  ),
  LAUNCH_ENVIRONMENT: entry(
    'launchFailed',
    'the environment cannot be built: {rule}',
    'docs/profiles.md says which names may be set and how long they may be',
  ),
  LAUNCH_FAILED: entry(
    'launchFailed',
    'the agent could not be started: {stage}: {errno}',
    'docs/errors.md lists the stages of a launch',
  ),
  LAUNCH_LIMIT: entry(
    'launchFailed',
    "the profile's limit {limit} cannot be set: {rule}",
    'change it in [agent] limits of the profile; ulimit -Ha shows how far the caller may go',
  ),
  LAUNCH_NOT_EXECUTABLE: entry(
    'notExecutable',
    'the command was found but cannot be executed: {errno}',
    'check its mode and its first line',
  ),
  LAUNCH_NOT_FOUND: entry('notFound', 'the command was not found', 'check its name and your PATH'),
  LAUNCH_UNAUTHORISED: entry(
    'refused',
    'the launch was refused by the spawner: {rule}',
    'run the agentkeys client that belongs to this daemon',
  ),
  NAME_INVALID: entry(
    'usage',
    'the {kind} is not valid: {rule}',
    'names begin with a lower-case letter or a digit and go on with those, dot, dash and underscore, at most 64; variables are letters, digits and underscore',
  ),
  OUTPUT_INCOMPLETE: entry(
    'general',
    'the value was not written whole',
    'look at the program that should have read it',
  ),
  OUTPUT_REFUSED: entry(
    'refused',
    'the value would go to a file or a pipe',
    'give --unsafe-stdout if that is what you want',
  ),
  POLICY_REFUSED: entry('refused', 'not allowed: {rule}', 'docs/profiles.md says what a profile may grant'),
  PROFILE_INVALID: entry(
    'configuration',
    '{file}:{line}: {rule}',
    'correct the profile[, or choose {another} with -p NAME|]; docs/profiles.md lists the keys',
  ),
  PROFILE_MISSING: entry(
    'configuration',
    'there is no profile named {profile}[; the nearest is {nearest}|]',
    'profiles are looked for in the configuration directory, /etc/agentkeys/profiles and the packaged profiles; a path needs a slash, as in ./{profile}.toml',
  ),
  PROFILE_UNSAFE: entry(
    'configuration',
    '{file} is refused: {rule}',
    'a profile is a regular file of yours or of root, no link, that nobody else can write[; choose {another} with -p NAME|]',
  ),
  PROFILE_UNSUPPORTED: entry(
    'configuration',
    "the profile {profile} asks for what this daemon cannot do: '{key}' {rule}",
    'leave the key out; docs/profiles.md says what each key needs',
  ),
  PROTOCOL_INVALID: entry(
    'general',
    'the daemon and the client do not understand each other: {rule}',
    'use programs of one version: agentkeys version',
  ),
  REFERENCE_INVALID: entry(
    'configuration',
    'the reference of {variable} is not valid',
    'references look like vault:openai',
  ),
  REQUEST_REFUSED: entry(
    'refused',
    'the daemon refused the request',
    'docs/protocol.md says who may ask what',
  ),
  RESOURCE_EXHAUSTED: entry(
    'general',
    'no more {resource}',
    'end agents that are not needed, or raise the limits of agentkeysd, then try again',
  ),
  SECRET_MEMORY: entry(
    'general',
    'no locked memory is left for credentials',
    'raise the limit: ulimit -l, or LimitMEMLOCK= of the service',
  ),
  STATE_UNSAFE: entry(
    'configuration',
    '{file} is refused: {rule}',
    'state files must be yours with mode 0600, their directories with mode 0700; nothing is there before the first init, store or run',
  ),
  USAGE: entry('usage', '{rule}', 'agentkeys help [{verb} shows its options and examples|shows the verbs]'),
  VAULT_ABSENT: entry('configuration', 'there is no vault yet', 'make one: agentkeys init'),
  VAULT_CORRUPT: entry(
    'configuration',
    'the vault file {file} is refused: {rule}',
    'restore [it from a backup, or remove the credential and store it again: agentkeys remove {service}|the state directory from a backup]',
  ),
  VAULT_UNWRITABLE: entry(
    'general',
    'the vault cannot be written: {rule}',
    'free space or repair the disk under the state directory; what was stored before is unchanged',
  ),
} as const satisfies Record<string, CatalogueEntry>;
