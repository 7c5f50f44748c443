"""A terminal for tests: runs a program on a pseudo terminal, and tells what it shows and how the terminal is set.

Commands on stdin and answers on stdout are JSON, one a line."""
import base64, fcntl, json, os, select, sys, termios

master, slave = os.openpty()
name = os.ttyname(slave)
pid = os.fork()
if pid == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(slave)
os.set_blocking(master, False)
leader = os.pidfd_open(pid)


def tell(**answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def settle():
    """What was typed has passed the terminal's own rules, the echo among them: polling the slave waits for that."""
    fd = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    select.select([fd], [], [], 0)
    os.close(fd)


def modes():
    flags = termios.tcgetattr(master)[3]
    return {name: bool(flags & flag) for name, flag in
            (("echo", termios.ECHO), ("lines", termios.ICANON), ("signals", termios.ISIG))}


tell(pid=pid)
typed, commands, asked, watched = b"", b"", 0, {0, master, leader}
while watched - {0}:
    ready, writable, _ = select.select(watched, [master] if typed else [], [])
    if writable:
        typed = typed[os.write(master, typed):]
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:
            shown = b""
        if shown:
            tell(shown=base64.b64encode(shown).decode())
        else:
            watched.discard(master)
            typed = b""
            tell(closed=True)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            break
        commands += data
        while b"\n" in commands:
            line, commands = commands.split(b"\n", 1)
            command = json.loads(line)
            if "type" in command:
                typed += base64.b64decode(command["type"])
            else:
                asked += 1
    if asked and not typed:
        if master in watched:
            settle()
        for _ in range(asked):
            tell(modes=modes())
        asked = 0
    if leader in ready:
        watched.discard(leader)
        status = os.waitpid(pid, 0)[1]
        tell(ended=os.waitstatus_to_exitcode(status))
