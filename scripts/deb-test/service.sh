# The service of the machine, on a real systemd with the files of a Debian that has all dependencies.
. "$WORK/common.sh"

# An image of a container may forbid services; the machine that is meant here does not.
rm -f /usr/sbin/policy-rc.d
ours >"$WORK/before"

load() {
    cat >"$WORK/load.json" <<JSON
{"apps": [
  {"name": "counter", "script": "$WORK/counter.pl", "interpreter": "perl", "instances": 2, "on_full": "block",
   "max_size": "1G", "env": {"WORK": "$WORK"}},
  {"name": "first", "script": "/bin/sleep", "args": ["1000"], "interpreter": "none"},
  {"name": "second", "script": "/bin/sleep", "args": ["1000"], "interpreter": "none", "depends_on": "first"}
]}
JSON
    noviSupervisor start "$WORK/load.json" --wait >/dev/null
}

nothing_happened() { # VERSION
    equal "pid of the daemon" "$main" "$(daemon)"
    equal "main process of the service" "$main" "$(systemctl show -P MainPID novi)"
    equal "version of the daemon" "$1" "$(daemon_version)"
    equal "automatic restarts" 0 "$(systemctl show -P NRestarts novi)"
    equal "what runs" "$before" "$(runs)"
}

# MARK: - First installation
must_install present
equal "state of the package" "installed $PRESENT" "$(package_state)"
equal "the service" "active enabled" "$(systemctl is-active novi) $(systemctl is-enabled novi)"
equal "folders" "711 root:root 711 root:root 750 root:root" \
    "$(stat -c '%a %U:%G' /run/novi /var/lib/novi /var/log/novi | xargs)"
getent passwd novi >/dev/null || fail "no user novi"
man -w noviSupervisor noviSupervisord noviKeeper noviMonitor noviWorker noviGateway novi-ecosystem >/dev/null || fail "a manual page is missing"
journalctl --catalog --list-catalog | grep -q 'was given up\|is known now' || fail "the journal does not know our events"
bash -c '. /usr/share/bash-completion/completions/noviSupervisor && complete -p noviSupervisor' >/dev/null || fail "no completion"
systemd-analyze verify novi.service || fail "systemd-analyze does not like the unit"
noviSupervisor check /etc/novi/ecosystem.json >/dev/null || fail "the shipped configuration has mistakes"
ok "installed: service enabled and started, folders, user, manual pages, completion, catalog"

noviSupervisor startup | grep -q "the package's unit" || fail "startup does not know the package's unit"
[ ! -e /etc/systemd/system/novi.service ] || fail "startup wrote a unit beside the package's"
# The shipped apps: a database of their own, the API over it, the bridge.
noviSupervisor start /etc/novi/ecosystem.json --wait --timeout 2m >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "the shipped apps do not start"; }
curl -fsS http://127.0.0.1:3000/health | grep -q '"status":"healthy"' || fail "the API is not healthy"
load
await "lines" test -s /var/log/novi/counter-out-1.log
ok "the shipped apps run, the API is healthy"

# MARK: - Upgrade under load
main=$(daemon)
before=$(runs)
equal "number of processes" 7 "$(wc -l <<<"$before")"
sed -i 's/"kill_timeout": "15s"/"kill_timeout": "16s"/' /etc/novi/ecosystem.json
sum=$(md5sum </etc/novi/ecosystem.json)
must_install next --force-confdef --force-confold
equal "state of the package" "installed $NEXT" "$(package_state)"
nothing_happened "$NEXT"
equal "the command's version" "$NEXT" "$(noviSupervisor --version | sed 's/.* //')"
cmp -s /usr/bin/noviSupervisord "/proc/$main/exe" || fail "the daemon is not the new program"
equal "the administrator's configuration" "$sum" "$(md5sum </etc/novi/ecosystem.json)"
[ -e /etc/novi/ecosystem.json.dpkg-dist ] || fail "the new shipped configuration is not there to be compared"
ok "upgraded under load: same pids, the daemon is $NEXT, the changed configuration was kept"
systemctl kill -s KILL --kill-who=main novi
await "the next daemon" sh -c "p=\$(systemctl show -P MainPID novi); [ \$p != 0 ] && [ \$p != $main ] && systemctl -q is-active novi"
main=$(daemon)
equal "version of the next daemon" "$NEXT" "$(daemon_version)"
equal "what runs" "$before" "$(runs)"
systemctl reset-failed novi
ok "killed after it: the next daemon is $NEXT, too"

# MARK: - Versions that are no good
for kind in broken dying; do
    # What dies outright when it has the process already is replaced by systemd, with the program of before.
    [ $kind = dying ] && restarts=1 || restarts=0
    if install $kind --force-confdef --force-confold; then
        cat "$WORK/said"
        fail "dpkg does not tell that the $kind version is no good"
    fi
    sed -n 's/^noviSupervisor: /      /p' "$WORK/said"
    grep -q "goes on with its old program" "$WORK/said" || { cat "$WORK/said"; fail "dpkg does not tell what happened"; }
    equal "state of the package" "half-configured $PRESENT+$kind" "$(package_state)"
    equal "version of the daemon" "$NEXT" "$(daemon_version)"
    equal "what runs" "$before" "$(runs)"
    equal "the service" "active" "$(systemctl is-active novi)"
    equal "automatic restarts" "$restarts" "$(systemctl show -P NRestarts novi)"
    main=$(daemon)
    # Killed now it must not become what is installed.
    systemctl kill -s KILL --kill-who=main novi
    await "the next daemon" sh -c "p=\$(systemctl show -P MainPID novi); [ \$p != 0 ] && [ \$p != $main ] && systemctl -q is-active novi"
    equal "version of the next daemon" "$NEXT" "$(daemon_version)"
    equal "what runs" "$before" "$(runs)"
    systemctl reset-failed novi
    ok "$kind version: dpkg tells, the old daemon goes on, also after a kill; apps live"
done

# MARK: - Downgrade, the same again, a service that is off
main=$(daemon)
must_install present --force-confdef --force-confold
equal "state of the package" "installed $PRESENT" "$(package_state)"
equal "pid of the daemon" "$main" "$(daemon)"
equal "version of the daemon" "$PRESENT" "$(daemon_version)"
equal "what runs" "$before" "$(runs)"
equal "the administrator's configuration" "$sum" "$(md5sum </etc/novi/ecosystem.json)"
ok "downgraded: same pids, the daemon is $PRESENT"
must_install present
equal "pid of the daemon" "$main" "$(daemon)"
equal "what runs" "$before" "$(runs)"
ok "installed again: nothing happened"

upgrades() { journalctl -q -o cat NOVI_EVENT=upgraded | wc -l; }
count=$(upgrades)
/etc/needrestart/restart.d/novi.service >/dev/null
await "one more upgrade" eval '[ "$(upgrades)" -eq $((count + 1)) ]'
nothing_happened "$PRESENT"
ok "libraries upgraded (needrestart): the daemon executed itself anew, apps live"

# MARK: - Removal
files=$(dpkg -L novi)
dpkg -r novi >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "dpkg -r"; }
equal "state of the package" "config-files $PRESENT" "$(package_state)"
equal "processes" "" "$(survivors)"
# With two blanks between them, so that a pattern can have one on each side.
order=$(journalctl -q -o cat --output-fields=NOVI_APP NOVI_EVENT=exited | grep -E '^(first|second|api|database|whatsapp)$' | tail -5 | sed 's/.*/ & /' | tr -d '\n')
[[ $order == *" second "*" first "* ]] || fail "stopped in the order: $order"
[[ $order == *" api "*" database "* && $order == *" whatsapp "*" database "* ]] || fail "stopped in the order: $order"
while read -r file; do
    [ -d "$file" ] || [[ $file == /etc/* ]] || [ ! -e "$file" ] || fail "$file is still there"
done <<<"$files"
[ -s /var/lib/novi/desired.json ] && [ -s /var/log/novi/counter-out.log ] || fail "state or logs are gone"
equal "the service" "inactive" "$(systemctl is-active novi || true)"
complete /var/log/novi/counter-out.log "$(cat "$WORK/last-0")"
complete /var/log/novi/counter-out-1.log "$(cat "$WORK/last-1")"
equal "lines on standard error" "" "$(cat /var/log/novi/counter-error*.log)"
ok "removed: stopped in order ($(xargs <<<"$order")), state and logs are kept; no line lost or doubled of $(cat "$WORK"/last-* | xargs)"

# MARK: - Back again, then gone for good
must_install present
equal "the service" "active enabled" "$(systemctl is-active novi) $(systemctl is-enabled novi)"
equal "the administrator's configuration" "$sum" "$(md5sum </etc/novi/ecosystem.json)"
await "what ran before the removal" noviSupervisor status --check
ok "installed after a removal: what ran is back"

systemctl disable --now novi >/dev/null 2>&1
must_install next --force-confdef --force-confold
equal "the service" "inactive disabled" "$(systemctl is-active novi || true) $(systemctl is-enabled novi || true)"
ok "a disabled service stays off over an upgrade"
systemctl enable novi >/dev/null 2>&1

# A daemon without privilege, by the shipped drop-in; it cannot become the users of the shipped apps.
examples=/usr/share/doc/novi/examples
mkdir -p /etc/systemd/system/novi.service.d
cp $examples/unprivileged.conf /etc/systemd/system/novi.service.d/
systemctl daemon-reload
systemctl start novi
noviSupervisor delete novi: >/dev/null
await "everything" noviSupervisor status --check
main=$(daemon)
before=$(runs)
equal "user of the daemon" novi "$(stat -c %U "/proc/$main")"
must_install present --force-confdef --force-confold
nothing_happened "$PRESENT"
equal "folders" "novi novi novi" "$(stat -c %U /run/novi /var/lib/novi /var/log/novi | xargs)"
ok "the service of an unprivileged user is upgraded as well, and its folders stay its own"

# With the switch for a live restart a removal stops the apps all the same.
cp $examples/live-restart.conf /etc/systemd/system/novi.service.d/
systemctl daemon-reload
systemctl restart novi
await "everything" noviSupervisor status --check

dpkg -P novi >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "dpkg -P"; }
equal "state of the package" none "$(package_state)"
equal "processes" "" "$(survivors)"
equal "what is left but the administrator's drop-in" "/etc/systemd/system/novi.service.d" "$(ours | grep -vxFf "$WORK/before" || true)"
getent passwd novi >/dev/null || fail "the user is gone: files of his may be anywhere"
ok "purged: apps stopped, nothing is left but the user and the administrator's drop-in"
