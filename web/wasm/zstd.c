// A streaming zstd decoder for the page, freestanding: no allocator, no imports, one stream.
//
// Memory: [data, stack][workspace: window and tables][input: one piece, grows][output: one read].
// Every function answers 0 or a size when it went well and a negative number when it did not.

#define ZSTD_STATIC_LINKING_ONLY
#include "zstd.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE_BYTES 65536u

// Largest window of a stream: 4 MiB, as shared/proto/baton.proto says of `DesktopFrame.pixels`.
#define WINDOW_LOG 22
// Largest read; a band of a rectangle. Fits the second-level cache of every machine.
#define OUTPUT_BYTES (512u * 1024u)
// Largest piece: the largest frame of a node.
#define INPUT_LIMIT (16u * 1024u * 1024u)

extern unsigned char __heap_base;

static ZSTD_DCtx *stream;
static unsigned char *output;
static unsigned char *input;
static size_t input_capacity;
static ZSTD_inBuffer piece;

// The static decoder never calls these; the default allocator of the library refers to them.
void *malloc(size_t size) { (void)size; return 0; }
void *calloc(size_t count, size_t size) { (void)count; (void)size; return 0; }
void free(void *pointer) { (void)pointer; }

// With bulk memory these become one instruction each, not calls of themselves.
void *memcpy(void *to, const void *from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

static int grow_to(const unsigned char *end) {
  size_t wanted = ((size_t)end + PAGE_BYTES - 1) / PAGE_BYTES;
  size_t present = __builtin_wasm_memory_size(0);
  if (wanted <= present) return 0;
  return __builtin_wasm_memory_grow(0, wanted - present) == (size_t)-1 ? -1 : 0;
}

// Lays out the memory; once, first. Answers where reads end up, or 0.
EXPORT("start") unsigned char *start(void) {
  unsigned char *workspace = (unsigned char *)(((size_t)&__heap_base + 15) & ~(size_t)15);
  size_t size = (ZSTD_estimateDStreamSize((size_t)1 << WINDOW_LOG) + 15) & ~(size_t)15;
  output = workspace + size;
  input = output + OUTPUT_BYTES;
  if (grow_to(input) != 0) return 0;
  stream = ZSTD_initStaticDStream(workspace, size);
  if (!stream) return 0;
  if (ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG))) return 0;
  return output;
}

// A new stream begins.
EXPORT("reset") int reset(void) {
  piece = (ZSTD_inBuffer){input, 0, 0};
  return ZSTD_isError(ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)) ? -1 : 0;
}

// Room for the next piece; memory may grow, which detaches older views of it. Answers where, or 0.
EXPORT("begin") unsigned char *begin(size_t size) {
  if (size > INPUT_LIMIT) return 0;
  if (size > input_capacity) {
    if (grow_to(input + size) != 0) return 0;
    input_capacity = size;
  }
  piece = (ZSTD_inBuffer){input, size, 0};
  return input;
}

// Decodes exactly `size` bytes to where `start` said. -1: corrupt, -2: the piece holds fewer.
EXPORT("read") int read(size_t size) {
  if (size > OUTPUT_BYTES) return -1;
  ZSTD_outBuffer room = {output, size, 0};
  while (room.pos < size) {
    size_t consumed = piece.pos, produced = room.pos;
    if (ZSTD_isError(ZSTD_decompressStream(stream, &room, &piece))) return -1;
    if (piece.pos == consumed && room.pos == produced) return -2;
  }
  return 0;
}

// The piece must be used up, and nothing more may come out of it. -3: it holds more.
EXPORT("finish") int finish(void) {
  unsigned char spare;
  ZSTD_outBuffer room = {&spare, 1, 0};
  do {
    size_t consumed = piece.pos;
    if (ZSTD_isError(ZSTD_decompressStream(stream, &room, &piece))) return -1;
    if (room.pos > 0) return -3;
    if (piece.pos == consumed) break;
  } while (piece.pos < piece.size);
  return piece.pos == piece.size ? 0 : -3;
}
