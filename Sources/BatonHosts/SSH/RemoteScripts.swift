/// What is run on another host: POSIX shell with the tools of every Linux (coreutils or BusyBox), `$1` is the data directory.
/// Each follows `prelude`. They mean what `DirectoryProcesses`, `LocalServer` and `LocalDatabaseHost` do here.
enum RemoteScripts {
    /// The exit status with which a script says that it has changed nothing.
    static let refusal: Int32 = 10
    /// The exit status at the end of its patience.
    static let tooLate: Int32 = 11

    /// Sets `$owner`, and defines:
    /// - `refuse WORDS`: ends with `refusal`;
    /// - `list`: `PID PARENT TITLE` of every live server process of the directory, one a line. A process belongs to it when
    ///   its working directory is that inode, its user owns the directory and its program is `postgres`;
    /// - `recorded`: the process that `postmaster.pid` names, whether or not it lives;
    /// - `postmaster LIST`: which process of the list leads the others; nothing where all are orphans (R10).
    static let prelude = #"""
        refuse() { printf '%s\n' "$*" >&2; exit 10; }
        [ -d "$1/." ] || refuse "no data directory at $1"
        # A path that ends a path of its own with a slash or is a link is followed, as a server follows it.
        where=$(stat -L -c '%d:%i %u %g' "$1/.") || refuse "cannot look at $1"
        group=${where##* }
        where=${where% *}
        owner=${where#* }
        where=${where% *}
        me=$(id -u)
        [ "$me" = 0 ] || [ "$me" = "$owner" ] ||
            refuse "user $(id -un) may not see the processes of $1: log in as $(stat -L -c %U "$1/."), its owner, or as root"
        title() { tr '\0\n' '  ' <"/proc/$1/cmdline" 2>/dev/null; }
        parent() {
            read -r fields <"/proc/$1/stat" || return
            set -- ${fields##*) }
            printf '%s' "$2"
        } 2>/dev/null
        state() {
            read -r fields <"/proc/$1/stat" || return
            set -- ${fields##*) }
            printf '%s' "$1"
        } 2>/dev/null
        runs_postgres() {
            case $(readlink "/proc/$1/exe" 2>/dev/null) in
            */*postgres*) exe=$(readlink "/proc/$1/exe" 2>/dev/null); case ${exe##*/} in *postgres*) return 0 ;; esac ;;
            esac
            return 1
        }
        list() {
            # PostgreSQL refuses to run as root, so a directory of root's has no server.
            [ "$owner" != 0 ] || return 0
            stat -c '%u %n' /proc/[0-9]* 2>/dev/null | while read -r user path; do
                [ "$user" = "$owner" ] && printf '%s\n' "$path/cwd"
            done | xargs -r stat -L -c '%d:%i %n' 2>/dev/null | while read -r inode path; do
                [ "$inode" = "$where" ] || continue
                pid=${path#/proc/}
                pid=${pid%/cwd}
                runs_postgres "$pid" || continue
                printf '%s %s %s\n' "$pid" "$(parent "$pid")" "$(title "$pid")"
            done
        }
        # Processes of the owner's that live and whose working directory nobody shows us.
        hidden() {
            [ "$owner" != 0 ] || return 0
            mine=$(stat -c '%u %n' /proc/[0-9]* 2>/dev/null | while read -r user path; do
                [ "$user" = "$owner" ] && printf '%s\n' "$path/cwd"
            done)
            shown=" $(printf '%s\n' "$mine" | xargs -r stat -L -c '%n' 2>/dev/null | tr '\n' ' ')"
            for path in $mine; do
                case $shown in *" $path "*) continue ;; esac
                pid=${path#/proc/}
                pid=${pid%/cwd}
                # One on its way out has no working directory for a moment, and then is a zombie or gone.
                tries=0
                while case $(state "$pid") in '' | Z | X) false ;; esac; do
                    stat -L "$path" >/dev/null 2>&1 && break
                    tries=$((tries + 1))
                    if [ "$tries" -gt 50 ]; then
                        printf '%s ' "$pid"
                        break
                    fi
                    sleep 0.01
                done
            done
        }
        recorded() {
            number=
            { read -r number <"$1/postmaster.pid"; } 2>/dev/null
            printf '%s' "${number#-}"
        }
        postmaster() {
            printf '%s\n' "$2" | (
                named=$(recorded "$1")
                all=' '
                while read -r pid rest; do all="$all$pid "; done
                case $all in *" $named "*) [ -n "$named" ] && { printf '%s' "$named"; exit; } ;; esac
                printf '%s\n' "$2" | while read -r pid parent title; do
                    [ -n "$pid" ] || continue
                    case $all in *" $parent "*) continue ;; esac
                    case $title in '' | 'postgres: '*) continue ;; esac
                    printf '%s' "$pid"
                    exit
                done
            )
        }

        """#

    static let controlFile = #"""
        file=$1/global/pg_control
        [ -r "$file" ] || refuse "cannot read $file"
        exec od -An -v -tx1 -- "$file"
        """#

    static let serverProcess = #"""
        blind=$(hidden)
        [ -z "$blind" ] || refuse "cannot see what process $blind of user $owner works on: log in as root"
        found=$(list)
        [ -n "$found" ] || { echo none; exit 0; }
        leader=$(postmaster "$1" "$found")
        if [ -n "$leader" ]; then
            echo "running $leader"
        else
            echo orphans
            printf '%s\n' "$found" | while read -r pid rest; do echo "$pid"; done
        fi
        """#

    static let hasStandbySignal = #"""
        if [ -e "$1/standby.signal" ]; then echo present; exit 0; fi
        [ -e "$1/PG_VERSION" ] || refuse "cannot look into the data directory $1"
        echo absent
        """#

    static let historyFiles = #"""
        cd "$1/pg_wal" 2>/dev/null && [ -r . ] || refuse "cannot list $1/pg_wal"
        for name in *.history; do
            if [ -e "$name" ]; then printf '%s\n' "$name"; fi
        done
        """#

    /// `$2`: fast, immediate or kill. Asked again of each process right before its signal, for numbers are used again.
    static let stop = #"""
        tell() {
            again=$(stat -L -c '%d:%i' "/proc/$2/cwd" 2>/dev/null)
            if [ "$again" = "$where" ] && runs_postgres "$2"; then kill -s "$1" "$2" 2>/dev/null || :; fi
        }
        found=$(list)
        [ -n "$found" ] || exit 0
        leader=$(postmaster "$1" "$found")
        case $2 in fast) one=INT each=TERM ;; immediate) one=QUIT each=QUIT ;; *) one=KILL each=KILL ;; esac
        if [ -n "$leader" ]; then
            tell "$one" "$leader"
            [ "$2" = kill ] || exit 0
        fi
        # The list is made anew: the leader may have started another one before it died.
        list | while read -r pid rest; do tell "$each" "$pid"; done
        exit 0
        """#

    /// `$2`: patience in milliseconds.
    static let waitUntilStopped = #"""
        now() { read -r up rest </proc/uptime; echo "${up%.*}${up#*.}0"; }
        end=$(($(now) + $2))
        while found=$(list); [ -n "$found" ]; do
            if [ "$(now)" -ge "$end" ]; then
                printf 'processes of %s are still there:%s\n' "$1" \
                    "$(printf '%s\n' "$found" | while read -r pid rest; do printf ' %s' "$pid"; done)" >&2
                exit 11
            fi
            sleep 0.01
        done
        """#

    /// `$2`: where `pg_ctl` is; `$3`: patience in milliseconds. The server gets a session of its own by `pg_ctl`, and none of
    /// the connection's pipes.
    static let start = #"""
        now() { read -r up rest </proc/uptime; echo "${up%.*}${up#*.}0"; }
        as_owner() {
            if [ "$me" = 0 ]; then
                setpriv --reuid="$owner" --regid="$(id -g "$(stat -L -c %U "$directory/.")")" --init-groups -- "$@"
            else
                "$@"
            fi
        }
        end=$(($(now) + $3))
        directory=$1
        programs=$2
        found=$(list)
        if [ -n "$found" ]; then
            leader=$(postmaster "$1" "$found")
            [ -n "$leader" ] || refuse "$1 still has processes of an earlier server: $(
                printf '%s\n' "$found" | while read -r pid rest; do printf '%s ' "$pid"; done)"
        else
            # A killed postmaster is a zombie until its parent collects it, for ever in a container without an init process.
            # PostgreSQL would refuse to start because of its lock files. First it loses its program, and then is a zombie.
            number=$(recorded "$1")
            tries=0
            while [ -n "$number" ] && [ -e "/proc/$number" ] && [ "$(state "$number")" != Z ] &&
                ! readlink "/proc/$number/exe" >/dev/null 2>&1 && [ "$tries" -lt 50 ]; do
                tries=$((tries + 1))
                sleep 0.01
            done
            if [ -n "$number" ] && [ "$(state "$number")" = Z ]; then
                lock=$(sed -n 5p "$1/postmaster.pid")/.s.PGSQL.$(sed -n 4p "$1/postmaster.pid").lock
                if [ "$(sed -n 's/^ *//;1p' "$lock" 2>/dev/null)" = "$number" ]; then rm -f "$lock"; fi
                rm -f "$1/postmaster.pid"
            fi
            [ -x "$2/pg_ctl" ] || refuse "there is no pg_ctl in $2"
            log=$1.log
            as_owner test -w "${1%/*}/" || log=$1/baton-start.log
            size=$(stat -c %s "$log" 2>/dev/null) || size=0
            # A directory without postgresql.conf (Debian keeps it in /etc/postgresql) is started with the options of its
            # last start.
            set --
            if [ ! -e "$directory/postgresql.conf" ]; then
                [ -r "$directory/postmaster.opts" ] ||
                    refuse "$directory has neither postgresql.conf nor postmaster.opts: it was never started"
                set -- -o "$(sed -n '1s/^[^"]* "/ "/p' "$directory/postmaster.opts")"
            fi
            seconds=$(((end - $(now)) / 1000 + 1))
            if ! said=$(cd / && as_owner env -i PATH=/usr/bin:/bin LC_ALL=C "$programs/pg_ctl" start -w -t "$seconds" -s \
                -D "$directory" -l "$log" "$@" 2>&1 >/dev/null); then
                if [ -n "$(list)" ]; then
                    echo "the server of $directory does not accept connections yet" >&2
                    exit 11
                fi
                words=$(tail -c "+$((size + 1))" "$log" 2>/dev/null | tail -n 10)
                refuse "the server of $directory did not start: ${words:-$said}"
            fi
        fi
        while :; do
            status=$(sed -n 8p "$directory/postmaster.pid" 2>/dev/null)
            case $status in ready*) [ -n "$(list)" ] && exit 0 ;; esac
            if [ "$(now)" -ge "$end" ]; then
                echo "the server of $directory does not accept connections yet: its status is “${status}”" >&2
                exit 11
            fi
            sleep 0.02
        done
        """#

    /// `$2`: the name of a file of the directory. Prints it as `controlFile` does; nothing where it is not there.
    static let readFile = #"""
        [ -e "$1/$2" ] || exit 0
        [ -r "$1/$2" ] || refuse "cannot read $1/$2"
        exec od -An -v -tx1 -- "$1/$2"
        """#

    private static let durably = #"""
        # Some have a sync(1) that takes no names.
        durably() { sync "$@" 2>/dev/null || sync; }

        """#

    /// `$2`: the file's name; `$3`: `if`: only where it holds `$4`; `$5`: what it is to hold. A temporary file in the same
    /// directory, synchronised, renamed: a crash leaves the old file or the new one.
    static let replaceFile =
        durably + #"""
            file=$1/$2
            new=$1/.baton-$$-$(od -An -N8 -tx8 /dev/urandom | tr -d ' \n').tmp
            if [ "$3" = if ]; then
                held=; [ ! -e "$file" ] || held=$(cat -- "$file"; echo x)
                [ -e "$file" ] || held=x
                [ "$held" = "$4x" ] || refuse "$file was changed by somebody else; try again"
            fi
            set -C
            printf '%s' "$5" 2>/dev/null >"$new" || refuse "cannot write in $1"
            set +C
            { [ "$me" != 0 ] || chown -h "$owner:$group" "$new"; } && chmod 600 "$new" && durably "$new" &&
                mv -f "$new" "$file" || { rm -f "$new"; refuse "cannot replace $file"; }
            durably "$1"
            """#

    /// `$2`: the file's name.
    static let removeFile =
        durably + #"""
            rm -f "$1/$2" 2>/dev/null || refuse "cannot remove $1/$2"
            durably "$1"
            """#
}
