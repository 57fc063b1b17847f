// libsecp256k1 for a page: signs and recovers between buffers of fixed places, without a heap.
// `secp(x)` gives the library's name of `x`; the crate puts its version in front of all names.
#include <stddef.h>

#include "src/secp256k1.c"

// key 32, hash 32, r and s 64, recovery id 1, public key 65
unsigned char area[194] __attribute__((used, visibility("default")));

static unsigned char room[512] __attribute__((aligned(16)));
static secp(context) *context;

void secp(default_illegal_callback_fn)(const char *text, void *data) {
    (void)text;
    (void)data;
    __builtin_trap();
}

void secp(default_error_callback_fn)(const char *text, void *data) {
    (void)text;
    (void)data;
    __builtin_trap();
}

int setUp(void) {
    if (secp(context_preallocated_size)(SECP256K1_CONTEXT_NONE) > sizeof room) {
        return 0;
    }
    context = secp(context_preallocated_create)(room, SECP256K1_CONTEXT_NONE);
    return context != NULL;
}

int sign(void) {
    secp(ecdsa_recoverable_signature) signature;
    int id = 0;
    if (!secp(ecdsa_sign_recoverable)(context, &signature, area + 32, area, NULL, NULL)) {
        return 0;
    }
    secp(ecdsa_recoverable_signature_serialize_compact)(context, area + 64, &id, &signature);
    area[128] = (unsigned char)id;
    return 1;
}

int recover(void) {
    secp(ecdsa_recoverable_signature) signature;
    secp(pubkey) key;
    size_t length = 65;
    return secp(ecdsa_recoverable_signature_parse_compact)(context, &signature, area + 64, area[128])
        && secp(ecdsa_recover)(context, &key, &signature, area + 32)
        && secp(ec_pubkey_serialize)(context, area + 129, &length, &key, SECP256K1_EC_UNCOMPRESSED);
}
