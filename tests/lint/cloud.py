# SPDX-License-Identifier: Apache-2.0
"""Finds calls that do not work in a stateless, read-only, replicated deployment.

Modules must not contain any. Core and cmd may contain some, in the folders that the table names. Any other call needs
a comment on the same line or the line before it:
    /* cloud-compat: ok: REASON */
The reason is required, and a comment that exempts nothing is a finding, too.
"""
import fnmatch
import re
import sys
from common import Findings, c_files, read, root_of_arguments, split

# rule: (why, functions, folders of core and cmd that may call them, True if the rule is for modules only)
RULES = {
    "fs-write": ("files are per pod and the root is read-only",
                 "creat creat64 truncate truncate64 ftruncate ftruncate64 posix_fallocate fallocate freopen freopen64",
                 (), False),
    "fs": ("a module does not touch files: core does",
           "open open64 openat openat64 fopen fopen64 fdopen opendir fdopendir readlink stat lstat fstat access",
           (), True),
    "temp": ("temporary files are per pod",
             "mkstemp mkstemps mkostemp mkostemps mkdtemp mktemp tmpnam tmpnam_r tempnam tmpfile tmpfile64", (), False),
    "fs-change": ("files are per pod",
                  "mkdir mkdirat rmdir rename renameat renameat2 unlink unlinkat remove link linkat symlink symlinkat mknod "
                  "mknodat mkfifo chmod fchmod fchmodat chown lchown fchown fchownat utime utimes utimensat futimens chdir "
                  "fchdir chroot umask mount umount umount2", (), False),
    "local-store": ("replicas do not share an embedded store",
                    "sqlite3_open sqlite3_open16 sqlite3_open_v2 gdbm_open mdb_env_create db_create rocksdb_open "
                    "leveldb_open", (), False),
    "ipc": ("shared memory is per pod",
            "shm_open sem_open mq_open shmget shmat semget msgget ftok", (), False),
    "process": ("the image has no tools, and child processes end with the pod",
                "fork vfork _Fork clone clone3 posix_spawn posix_spawnp execl execlp execle execv execvp execvpe execve "
                "fexecve execveat system popen wordexp daemon forkpty openpty", (), False),
    "thread": ("threads end with the pod",
               "pthread_create thrd_create pthread_atfork", (), False),
    "schedule": ("a timer fires once per replica; waiting must be cancellable",
                 "sleep usleep nanosleep clock_nanosleep timer_create timerfd_create setitimer alarm ualarm "
                 "ev_timer_start uv_timer_start", (), False),
    "listen": ("only core/service opens listening sockets",
               "bind listen accept accept4", ("core/service/*",), False),
    "socket": ("all traffic goes through core's one client (proxy, CA, limits, redaction)",
               "socket socketpair connect getaddrinfo curl_easy_init curl_multi_init curl_global_init SSL_new "
               "gnutls_init", ("core/net/*", "core/service/*"), False),
    "log": ("logs go to stdout and stderr", "openlog syslog vsyslog", (), False),
    "stdout": ("a module logs through core", "printf puts putchar vprintf fprintf vfprintf fwrite fputs fputc putc perror "
               "write writev dprintf vdprintf", (), True),
    "global": ("a module does not change its process",
               "setenv putenv unsetenv clearenv setlocale tzset signal sigaction sigprocmask pthread_sigmask exit _exit _Exit "
               "abort quick_exit prctl setrlimit setuid setgid seteuid setegid capset", (), True),
    "exit-hook": ("code that runs unseen at start or exit", "atexit on_exit", (), False),
    "environment": ("settings of a module come from its options", "getenv secure_getenv rand srand localtime gmtime ctime "
                    "asctime strtok", (), True),
    "loader": ("code is loaded in one place only",
               "dlopen dlsym dlmopen dlvsym lt_dlopen lt_dlopenext lt_dlopenadvise lt_dlsym",
               ("core/load/*.c",), False),
    "syscall": ("a direct system call bypasses these rules", "syscall", (), False),
}
PATHS = re.compile(r"^/(tmp|var|run|home|root|opt|usr/local|etc|srv)(/|$)")
PATHS_CORE = ("core/conf/*",)
ASM = re.compile(r"\b(__asm__|__asm|asm)\b")
HOOK = re.compile(r"__attribute__\s*\(\(\s*(?:__)?(constructor|destructor)")
SHARED = re.compile(r"\bMAP_SHARED(_VALIDATE)?\b")
WRITES = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
STATIC = re.compile(r"^static\s+(?!.*\bconst\b)(?!.*\()[\w\s*]+(\[[^\]]*\])*\s*(=|;)", re.M)
ANY_STORE = re.compile(r"(?<![\w.])(?:sqlite3|gdbm|mdb|rocksdb|leveldb|curl)_\w+\s*\(")
EXEMPT = re.compile(r"cloud-compat\s*:(.*?)(?:\*/|$)", re.S)
GRAMMAR = re.compile(r"^\s*ok\s*:\s*(\S.*\S|\S)\s*$", re.S)


def calls(names):
    words = "|".join(sorted(names.split(), key=len, reverse=True))
    return re.compile(r"(?<![\w.])(?<!->)(" + words + r")\s*\(|#\s*define\s+\w+\s+(" + words + r")\s*(?=\n)")


CALLS = {rule: calls(entry[1]) for rule, entry in RULES.items()}
OPEN = re.compile(r"(?<![\w.])(?<!->)(open|open64|openat|openat64|fopen|fopen64|fdopen)\s*\(")


def arguments(text, start):
    """The argument list after the bracket at start, split at its top-level commas."""
    depth, parts, here = 1, [], start
    at = start
    while at < len(text) and depth:
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        elif text[at] == "," and depth == 1:
            parts.append(text[here:at])
            here = at + 1
        at += 1
    parts.append(text[here:at - 1])
    return parts


def opens_for_writing(name, raw, code, start):
    mode = [(part.strip()) for part in arguments(code, start)]
    if name.startswith("open"):
        if any(WRITES.search(part) for part in mode):
            return True
        flags = mode[2:3] if "at" in name else mode[1:2]
        return not (flags and "O_RDONLY" in flags[0])  # flags in a variable may contain any of them
    spans = arguments(raw, start)
    last = spans[-1].strip() if spans else ""
    return not re.fullmatch(r'"r[be]*"', last)


def judge(name, raw):
    """All (line, rule, why) of a file, before exemptions are applied."""
    code, strings, _ = split(raw)
    code = re.sub(r"\\\n", " \n", code)
    module = name.startswith("modules/")

    def line_of(at):
        return code.count("\n", 0, at) + 1

    def allowed(globs):
        return not module and any(fnmatch.fnmatch(name, glob) for glob in globs)

    for rule, (why, _, where, modules_only) in RULES.items():
        if (modules_only and not module) or allowed(where):
            continue
        for match in CALLS[rule].finditer(code):
            yield line_of(match.start()), rule, f"{match.group(1) or match.group(2)}: {why}"
    if not module:
        for match in OPEN.finditer(code):
            if opens_for_writing(match.group(1), raw, code, match.end()):
                yield line_of(match.start()), "fs-write", f"{match.group(1)} for writing: {RULES['fs-write'][0]}"
    else:
        for match in ANY_STORE.finditer(code):
            yield line_of(match.start()), "library", f"{match.group(0).rstrip('(')}: a module must not use this library"
        for match in STATIC.finditer(code):
            yield line_of(match.start()), "state", "static data that is not const: keep state in the run"
        for match in re.finditer(r"(?<![\w.])(?<!->)\b(stdout|stderr)\b", code):
            yield line_of(match.start()), "stdout", f"{match.group(1)}: a module logs through core"
    for match in ASM.finditer(code):
        yield line_of(match.start()), "asm", "inline assembly bypasses these rules"
    for match in HOOK.finditer(code):
        yield line_of(match.start()), "exit-hook", f"{match.group(1)}: code that runs unseen at start or exit"
    for match in SHARED.finditer(code):
        yield line_of(match.start()), "ipc", "MAP_SHARED: shared memory is per pod"
    if not allowed(PATHS_CORE):
        for line, string in strings:
            if PATHS.match(string):
                yield line, "path", f'"{string}": paths of the host come from the configuration'


def main():
    root = root_of_arguments()
    found = Findings("cloud")
    excused = []
    for name in c_files(root, ("core", "cmd", "modules")):
        raw = read(root, name)
        code, _, comments = split(raw)
        lines = code.split("\n")
        exemptions = {}
        for line, comment in comments:
            match = EXEMPT.search(comment)
            if not match:
                continue
            reason = GRAMMAR.match(match.group(1))
            if not reason:
                found.add(name, line, "write an exemption as /* cloud-compat: ok: REASON */")
                continue
            end = line + comment.count("\n")
            alone = not lines[end - 1].strip()
            exemptions[end] = [alone, " ".join(reason.group(1).split()), False]
        for line, rule, why in sorted(set(judge(name, raw))):
            for at in (line, line - 1):
                # a comment on the line before counts only if that line has no code
                if at in exemptions and (at == line or exemptions[at][0]):
                    exemptions[at][2] = True
                    excused.append(f"{name}:{line}: {rule}: {exemptions[at][1]}")
                    break
            else:
                found.add(name, line, f"{rule}: {why}")
        for line, (_, _, used) in sorted(exemptions.items()):
            if not used:
                found.add(name, line, "an exemption that exempts nothing: delete it")
    if "--excused" in sys.argv:
        print("\n".join(excused))
    found.end()


main()
