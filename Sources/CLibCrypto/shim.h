#ifndef BATON_CLIBCRYPTO_SHIM_H
#define BATON_CLIBCRYPTO_SHIM_H

#include <openssl/evp.h>
#include <openssl/sha.h>

#endif
