#!/bin/sh
# Two network namespaces as two hosts: runs/ranks/two-hosts.sh RECIPE OUT [arguments of train …]; needs root, ip, Open MPI and a build. Each host has one rank, and they see each other by TCP alone.
# Kill a rank meanwhile (kill -9) and start it again with --resume: that is what the figures in LOG.md are of.
set -eu
recipe=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")/../.." && pwd)
agent=$(mktemp)
trap 'rm -f "$agent"; ip netns del inkstone-a; ip netns del inkstone-b' EXIT
# In place of ssh: what is asked of the other host runs in its namespace.
printf '#!/bin/sh\nshift\nexec ip netns exec inkstone-b sh -c "$*"\n' > "$agent"
chmod +x "$agent"
ip netns add inkstone-a
ip netns add inkstone-b
ip link add ink0 netns inkstone-a type veth peer name ink0 netns inkstone-b
for host in a b; do
  ip -n inkstone-$host link set lo up
  ip -n inkstone-$host link set ink0 up
done
ip -n inkstone-a addr add 10.77.0.1/24 dev ink0
ip -n inkstone-b addr add 10.77.0.2/24 dev ink0
net=10.77.0.0/24
ip netns exec inkstone-a mpirun --allow-run-as-root --mca plm_rsh_agent "$agent" --host 10.77.0.1:1,10.77.0.2:1 -n 2 \
  --mca btl tcp,self --mca btl_tcp_if_include $net --mca oob_tcp_if_include $net --bind-to none \
  -x INKSTONE_THREADS="${INKSTONE_THREADS:-1}" -x PATH node "$here/dist/cli/main.js" train "$recipe" --output "$out" "$@"
