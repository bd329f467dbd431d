#!/bin/sh
# gpus.sh [NUMBER]: a worker for each GPU that `nvidia-smi -L` lists, or for so many, in the place of the one on the CPU.
# Writes docker-compose.gpu.yml and COMPOSE_FILE in .env. 0 brings the CPU's worker back. A GPU divided by MIG is its parts.
set -eu
file=docker-compose.gpu.yml

listed() {
    nvidia-smi -L | awk '
        match($0, /UUID: [^)]+/) { uuid = substr($0, RSTART + 6, RLENGTH - 6) }
        /^GPU/ { if (whole) print whole; whole = uuid }
        / MIG / { print uuid; whole = "" }
        END { if (whole) print whole }'
}

case ${1-} in
    '') gpus=$(listed) ;;
    *[!0-9]*) echo "the number of GPUs is not a number: $1" >&2; exit 2 ;;
    *) gpus=$(seq 0 $(($1 - 1))) ;;
esac
[ -n "$gpus" ] || [ "${1-}" = 0 ] || { echo 'nvidia-smi lists no GPU; make gpus N=1 takes the first' >&2; exit 1; }

others=$(sed -n 's/^COMPOSE_FILE=//p' .env 2>/dev/null | sed "s/:$file//" || true)
others=${others:-docker-compose.yml}
first=${others%%:*} # the whole service, or the workers of another machine
{
    echo "# Written by \`make gpus\`. GPU0, GPU1 and so on in .env choose other GPUs."
    echo 'services:'
    echo '  worker: {deploy: {replicas: 0}}'
    number=0
    for gpu in $gpus; do
        cat <<END

  worker-gpu$number:
    extends: {file: $first, service: worker}
    build: !reset {}
    environment: {INVERSET_WORKER: "\${INVERSET_WORKER_PREFIX:-}gpu$number", INVERSET_DEVICE: "cuda:0"}
    deploy: {resources: {reservations: {devices: [{driver: nvidia, device_ids: ["\${GPU$number:-$gpu}"], capabilities: [gpu]}]}}}
END
        number=$((number + 1))
    done
} > $file
if [ -z "$gpus" ]; then
    rm $file
    exec deploy/set-env.sh "COMPOSE_FILE=$others"
fi
deploy/set-env.sh "COMPOSE_FILE=$others:$file"
echo "$file has $number worker(s), one for each GPU; start them: make compose" >&2
