#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace mailpreflight::simulator {

/**
 * While it lives, the leak check of the address sanitizer ignores what this thread allocates; in other builds nothing.
 * For calls into GSSAPI alone: gss-ntlmssp 1.2 never frees its OpenSSL context, and krb5 1.20 loses a principal when
 * SPNEGO's acceptor finds no keytab.
 */
class LeakPause {
public:
#if defined(__SANITIZE_ADDRESS__)
    LeakPause() {
        __lsan_disable();
    }
    ~LeakPause() {
        __lsan_enable();
    }
#else
    LeakPause() {}
    ~LeakPause() {}
#endif
    LeakPause(const LeakPause&) = delete;
    LeakPause& operator=(const LeakPause&) = delete;
};

} // namespace mailpreflight::simulator
