# A clean Debian that nothing was installed in and where no systemd runs, as in a container.
. "$WORK/common.sh"

ours >"$WORK/before"
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$packages/present.deb" >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "apt-get install"; }
equal "state of the package" "installed $PRESENT" "$(package_state)"
[ ! -e /run/systemd/system ] || fail "there is a systemd"
for program in noviSupervisor noviSupervisord noviWorker noviGateway; do
    equal "$program" "$PRESENT" "$($program --version | sed 's/.* //')"
done
[ -z "$(ldd /usr/bin/novi* | grep 'not found')" ] || fail "libraries are missing: $(ldd /usr/bin/novi* | grep 'not found')"
getent passwd novi >/dev/null || fail "no user novi"
equal "daemons" "" "$(survivors)"
ok "installed with nothing but the declared dependencies: $(dpkg-deb -f "$packages/present.deb" Depends)"

noviSupervisor start /bin/sleep --name a -- 1000 >/dev/null
main=$(daemon)
before=$(runs)
equal "processes" 1 "$(wc -l <<<"$before")"
must_install next --force-confdef --force-confold
equal "pid and version of the daemon" "$main $NEXT" "$(daemon) $(daemon_version)"
equal "what runs" "$before" "$(runs)"
install broken --force-confdef --force-confold && fail "dpkg does not tell that a version is no good"
equal "pid and version of the daemon" "$main $NEXT" "$(daemon) $(daemon_version)"
must_install present --force-confdef --force-confold
equal "pid and version of the daemon" "$main $PRESENT" "$(daemon) $(daemon_version)"
equal "what runs" "$before" "$(runs)"
ok "upgraded, broken, downgraded with a keeper: apps live"

dpkg -r novi >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "dpkg -r"; }
equal "processes" "" "$(survivors)"
[ -s /var/lib/novi/desired.json ] || fail "the state is gone"
must_install present
noviSupervisor start a >/dev/null
equal "processes" 1 "$(runs | wc -l)"
dpkg -P novi >"$WORK/said" 2>&1 || { cat "$WORK/said"; fail "dpkg -P"; }
equal "processes" "" "$(survivors)"
equal "what is left" "" "$(ours | grep -vxFf "$WORK/before" || true)"
ok "removed, installed again, purged: nothing is left but the user"
