#!/bin/sh
# The far end: what a host does when it is asked, and goes on doing when nobody listens any more.
#
#   host.sh WORLD VERB STEP TOKEN
#
# A fault is a file in faults/. What happens is a line of log at once. A token
# that was undone has a tombstone, and is never injected again: what drill's own program on the
# host does. FORGETFUL=1 leaves that out, so that the tests can see themselves fail. LATE
# is how many seconds the network holds an inject back.
set -eu
cd "$1"
verb=$2 step=$3 token=$4
log() { echo "$verb $step $token $1" >>log; }
log asked
case $verb$LATE in inject?*) sleep "$LATE" ;; esac
if [ -z "${FORGETFUL:-}" ]; then
  exec 9>>"locks/$token"
  flock 9
fi

case $verb in
capture)
  [ ! -e "faults/$token" ]
  ;;
inject)
  [ ! -e "tombs/$token" ] || { log refused; exit 3; }
  sleep "$TAKES"
  echo "$step" >>"faults/$token"
  log effect
  ;;
undo)
  [ -n "${FORGETFUL:-}" ] || : >"tombs/$token"
  sleep "$TAKES"
  rm -f "faults/$token"
  [ ! -e "faults/$token" ]
  log effect
  ;;
recover)
  sleep "$TAKES"
  echo "$step" >>recovered
  log effect
  ;;
look)
  ! grep -qs cut-off faults/*
  ;;
esac
