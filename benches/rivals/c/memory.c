// There is no C library to link with. `-fno-builtin` keeps these from calling themselves.
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t length) {
    unsigned char *t = to;
    const unsigned char *f = from;
    while (length--) *t++ = *f++;
    return to;
}

void *memset(void *to, int value, size_t length) {
    unsigned char *t = to;
    while (length--) *t++ = (unsigned char)value;
    return to;
}

int memcmp(const void *one, const void *other, size_t length) {
    const unsigned char *a = one;
    const unsigned char *b = other;
    for (; length--; a++, b++) {
        if (*a != *b) return *a - *b;
    }
    return 0;
}
