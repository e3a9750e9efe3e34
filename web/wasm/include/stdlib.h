// What zstd takes from the C library, freestanding.
#ifndef BATON_STDLIB_H
#define BATON_STDLIB_H
#include <stddef.h>
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *pointer);
#endif
