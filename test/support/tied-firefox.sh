#!/bin/sh
# Firefox ends with the process that starts it, even where that is killed from outside and can end nothing any more.
if [ -x /usr/bin/setpriv ]; then exec /usr/bin/setpriv --pdeathsig KILL "$FIREFOX_PATH" "$@"; fi
exec "$FIREFOX_PATH" "$@"
