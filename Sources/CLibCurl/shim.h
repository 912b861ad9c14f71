#ifndef BATON_CLIBCURL_SHIM_H
#define BATON_CLIBCURL_SHIM_H

// The checking macros would hide the functions behind them.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// A macro of flags is not imported into Swift; give it a type.
static const long CLibCurl_GLOBAL_DEFAULT = CURL_GLOBAL_DEFAULT;

// Swift cannot call functions with variable arguments; one for each type of argument.

static inline CURLcode CLibCurl_setNumber(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CLibCurl_setText(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CLibCurl_setPointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CLibCurl_setList(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*CLibCurl_Receiver)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode CLibCurl_setReceiver(CURL *handle, CURLoption option, CLibCurl_Receiver value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CLibCurl_getNumber(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

// The result of a finished transfer: a member of a union, which Swift shows awkwardly.
static inline CURLcode CLibCurl_result(const CURLMsg *message) {
    return message->data.result;
}

// Only http and https, whatever a URL says. The text form is from 7.85; the older one is deprecated since.
static inline CURLcode CLibCurl_allowHTTPOnly(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// Do not wait for a resolver that does not answer (7.87 or newer; without effect on older ones).
static inline void CLibCurl_leaveResolver(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    (void)curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)handle;
#endif
}

#endif
