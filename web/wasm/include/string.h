// What zstd takes from the C library, freestanding.
#ifndef BATON_STRING_H
#define BATON_STRING_H
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
#endif
