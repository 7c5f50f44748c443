"""A daemon that only listens: takes the hello and the one request of a client, prints both and the launch context as hex in JSON."""
import json, os, socket, struct, subprocess, sys, tempfile

client, *words = sys.argv[1:]
with tempfile.TemporaryDirectory() as home:
    os.mkdir(home + '/run', 0o700)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(home + '/run/agentkeys.sock')
    listener.listen(1)
    env = {'AGENTKEYS_HOME': home, 'HOME': '/home/a', 'PATH': '/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8', 'TERM': 'xterm', 'EMPTY': ''}
    run = subprocess.Popen([client, 'run', *words], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peer = listener.accept()[0]


    def frame(body):
        text = json.dumps(body, separators=(',', ':')).encode()
        return struct.pack('>IHH', len(text), 0, 0) + text


    peer.sendall(frame({'hello': {'protocol': 1, 'version': '0.1.0', 'mode': 'user'}}))
    heard, held = b'', []
    while b'"verb"' not in heard:
        data, descriptors, _flags, _address = socket.recv_fds(peer, 65536, 4)
        if not data:
            sys.exit(run.communicate()[1].decode())
        heard += data
        held += descriptors
    error = {'code': 'POLICY_REFUSED', 'message': 'no', 'hint': '', 'exit': 125}
    peer.sendall(frame({'id': 1, 'error': error}))
    os.close(held[0])  # in it lies, unread, a copy of the client's stderr
    said = run.communicate()[1]
    context = os.pread(held[1], 8 << 20, 0)
    # The directory is another one each time; a seed is the same.
    print(json.dumps({'context': context.replace(home.encode(), b'/tmp/agentkeysx').hex(), 'frames': heard.hex(), 'said': said.hex()}))
