#!/bin/sh
# Runs a browser until standard input ends. That is when the test wants it, or when the test has
# died, however it died. Nothing is left then: no process, no file.
#
#     launch.sh PROFILE headless|display COMMAND...
#
# The first line printed is what `COMMAND --version` says. The others tell why the browser ended.
profile=$1
shift
# A key in the terminal ends the test, and with it this.
trap '' INT HUP

export HOME="$profile" TMPDIR="$profile" XDG_RUNTIME_DIR="$profile"
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
# No desktop's services, which would stay behind, and nothing between the browser and its servers.
export DBUS_SESSION_BUS_ADDRESS=disabled: NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY WAYLAND_DISPLAY

# The leader of a process group of its own. It outlives its children, to be waited for.
# shellcheck disable=SC2016 # the inner shell's own variables
setsid sh -c '
trap : TERM
kind=$1
shift
if [ "$kind" = display ]; then
    # It takes a number that is free, and says which one.
    Xvfb -displayfd 3 -nolisten tcp -screen 0 1280x1024x24 3>"$HOME/display" 2>"$HOME/xvfb" &
    screen=$!
    while [ ! -s "$HOME/display" ] && kill -0 $screen 2>/dev/null; do sleep 0.1; done
    number=$(cat "$HOME/display")
    export DISPLAY=":$number"
fi
"$1" --version 2>/dev/null | head -n 1
"$@" >"$HOME/output" 2>&1
echo "status $?"
tail -n 5 "$HOME/output" "$HOME/xvfb" 2>/dev/null
if [ "$kind" = display ]; then
    kill -s TERM $screen 2>/dev/null
    wait $screen
fi
' launch.sh "$@" </dev/null &
group=$!

read -r _
kill -s TERM -- "-$group" 2>/dev/null
patience=50
while kill -0 "$group" 2>/dev/null && [ $patience -gt 0 ]; do
    sleep 0.1
    patience=$((patience - 1))
done
kill -s KILL -- "-$group" 2>/dev/null
wait "$group" 2>/dev/null
rm -rf "$profile"
