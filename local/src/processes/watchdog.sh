# When the pipe from the stack's process closes, this script ends the stack's children and removes its files.
#   $1     the stack's temporary directory
#   stdin  at each change a line with the process ids of all children
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
