#!/bin/sh
# set-env.sh NAME=VALUE ...: writes settings into .env, in place of their former values. Only its owner can read that file.
set -eu
umask 077
touch .env
for setting in "$@"; do
    grep -v "^${setting%%=*}=" .env > .env.new || true
    printf '%s\n' "$setting" >> .env.new
    mv .env.new .env
done
