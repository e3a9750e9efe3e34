#!/usr/bin/env bash
# Builds web/src/desktop/zstd.wasm from the C sources of zstd. The same bytes on every machine with
# the compiler below; see README.md. Usage: build.sh DIRECTORY (of zstd 1.5.7, the one with lib/)
set -euo pipefail
ZSTD=$(cd "${1:?directory of the zstd sources, the one with lib/}" && pwd)
cd "$(dirname "$0")"

# zig brings clang, the linker and the wasm target in one Python package of a fixed version.
ZIG_VERSION=0.17.1
read -ra CC <<<"${CC:-python3 -m ziglang cc}"

grep -q 'ZSTD_VERSION_RELEASE *7' "$ZSTD/lib/zstd.h" || {
  echo "build: zstd 1.5.7 is expected" >&2
  exit 1
}
flags=(
  -target wasm32-freestanding -O3 -flto -g0 -nostdlib -fno-stack-protector -fno-ident
  -mbulk-memory -msimd128 -mnontrapping-fptoint -msign-ext
  -Iinclude "-I$ZSTD/lib" "-I$ZSTD/lib/common"
  -DNDEBUG -DDEBUGLEVEL=0 -DZSTD_LEGACY_SUPPORT=0 -DZSTD_DISABLE_ASM -DZSTD_TRACE=0
  -DDYNAMIC_BMI2=0 -DZSTD_STRIP_ERROR_STRINGS -DXXH_NAMESPACE=ZSTD_
  "-ffile-prefix-map=$ZSTD=zstd"
)
sources=(
  zstd.c
  "$ZSTD"/lib/common/{entropy_common,error_private,fse_decompress,xxhash,zstd_common}.c
  "$ZSTD"/lib/decompress/{huf_decompress,zstd_ddict,zstd_decompress,zstd_decompress_block}.c
)
"${CC[@]}" "${flags[@]}" "${sources[@]}" -o ../src/desktop/zstd.wasm \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536
echo "web/src/desktop/zstd.wasm: $(stat -c %s ../src/desktop/zstd.wasm) bytes (ziglang $ZIG_VERSION)"
