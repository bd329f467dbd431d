#!/bin/sh
# version.sh: prints what the images of this checkout are called, as settings of .env. A + says that files were changed.
set -eu
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
commit=$(git describe --always --dirty=+ --abbrev=40 --exclude='*' 2>/dev/null || true)
short=$(printf %.12s "$commit")
case $commit in *+) short=$short-changed ;; esac
echo "IMAGE_TAG=$version${short:+-$short}"
echo "IMAGE_COMMIT=$commit"
