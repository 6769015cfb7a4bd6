# The service of a user, on a real manager of that user (`systemd --user`) and a real logind.
. "$WORK/common.sh"

rm -f /usr/sbin/policy-rc.d
# The test host has no logind unless somebody needs one.
rm -f /etc/systemd/system/systemd-logind.service
systemctl daemon-reload
systemctl start systemd-logind
must_install present
useradd --create-home --shell /bin/bash visitor
id=$(id -u visitor)
systemctl start "user@$id" || { journalctl -u "user@$id" --no-pager | tail -20; fail "no manager of a user"; }

as() { # COMMAND…
    setpriv --reuid "$id" --regid "$id" --init-groups --inh-caps=-all --no-new-privs env -i HOME=/home/visitor USER=visitor \
        PATH=/usr/bin:/bin XDG_RUNTIME_DIR="/run/user/$id" LANG=C.UTF-8 "$@"
}
main_process() { as systemctl --user show -P MainPID novi; }
pids() { pgrep -u visitor -x sleep | xargs; }

[ -e /usr/lib/systemd/user/novi.service ] || fail "no unit of users"
as systemd-analyze --user verify novi.service || fail "systemd-analyze does not like the unit of users"
equal "the unit of a user who did not ask" "disabled inactive" \
    "$(as systemctl --user is-enabled novi || true) $(as systemctl --user is-active novi || true)"
as noviSupervisor startup >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "startup of a user"; }
grep -q "the package's unit /usr/lib/systemd/user/novi.service is used" "$WORK/said" || { cat "$WORK/said"; fail "not the package's unit"; }
grep -q "loginctl enable-linger" "$WORK/said" || { cat "$WORK/said"; fail "lingering is not told"; }
equal "the unit of the user" "enabled active" "$(as systemctl --user is-enabled novi) $(as systemctl --user is-active novi)"
loginctl enable-linger visitor
as noviSupervisor startup | grep -q enable-linger && fail "lingering is told to somebody who has it"
ok "startup: the package's unit of users, enabled and started; enable-linger is told where it is needed"

as noviSupervisor start /bin/sleep --name a -i 2 -- 1000 >/dev/null
main=$(main_process)
equal "home" "/home/visitor/.novi" "$(as noviSupervisor paths --json | sed 's/.*"home":"\([^"]*\)".*/\1/')"
former=$(pids)
equal "processes" 2 "$(wc -w <<<"$former")"
as systemctl --user kill -s KILL --kill-who=main novi
await "the next daemon" eval '[ "$(main_process)" != 0 ] && [ "$(main_process)" != "$main" ] && as systemctl --user -q is-active novi'
equal "what runs" "$former" "$(pids)"
ok "killed: the user's systemd brings it back, apps live"

main=$(main_process)
must_install next --force-confdef --force-confold
equal "what runs" "$former" "$(pids)"
equal "the daemon of a user is his own" "$main" "$(main_process)"
grep -q visitor "$WORK/said" || { cat "$WORK/said"; fail "dpkg does not tell whose daemon has the old program"; }
as noviSupervisor upgrade >/dev/null
equal "main process" "$main" "$(main_process)"
equal "version of the daemon" "$NEXT" "$(as noviSupervisor ping --json | sed 's/.*"version":"\([^"]*\)".*/\1/')"
equal "what runs" "$former" "$(pids)"
ok "upgraded: told by dpkg, done by the user; apps live"

# As at boot: the lingering user's manager starts, and nobody logs in.
systemctl restart "user@$id"
await "what ran" eval '[ "$(pids | wc -w)" = 2 ]'
[ "$(pids)" != "$former" ] || fail "apps outlived the user's manager"
ok "a manager that starts brings back what ran"
former=$(pids)
as systemctl --user restart novi
[ "$(pids)" != "$former" ] || fail "a restart of the service does not restart the apps"
equal "processes" 2 "$(pids | wc -w)"
as noviSupervisor unstartup >/dev/null
equal "the unit of the user" "disabled active" "$(as systemctl --user is-enabled novi || true) $(as systemctl --user is-active novi)"
as systemctl --user stop novi
equal "processes" "" "$(pids)"
ok "restarted, disabled, stopped"
as systemctl --user start novi
equal "processes" 2 "$(pids | wc -w)"
dpkg -P novi >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "dpkg -P"; }
[ -z "$(pids)" ] || cat "$WORK/said"
equal "processes of the user" "" "$(pids)"
[ -d /home/visitor/.novi ] || fail "a purge took what belongs to a user"
loginctl disable-linger visitor
ok "purged: the unit of the user was stopped before, what is the user's stays"
