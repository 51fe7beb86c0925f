# Our standard input is a pipe from the stack's process. When that process ends, the pipe closes, and we end its children and remove its
# files.
#   $1     the stack's temporary directory
#   stdin  a line each time the children change: the process ids of all of them
trap '' INT TERM HUP
pids=
while read -r line; do pids=$line; done

for signal in TERM KILL; do
  alive=
  for pid in $pids; do kill -s "$signal" "$pid" 2>/dev/null && alive="$alive $pid"; done
  pids=$alive
  tries=0
  while [ -n "$alive" ] && [ "$tries" -lt 30 ]; do
    sleep 0.1
    tries=$((tries + 1))
    alive=
    for pid in $pids; do kill -s 0 "$pid" 2>/dev/null && alive="$alive $pid"; done
  done
  pids=$alive
done
rm -rf -- "$1"
