// SPDX-License-Identifier: Apache-2.0
// Compiled into every program of a build with the thread sanitizer, so that each of them, also one that a test starts,
// knows what is not to be believed.
//
// The sanitizer sees what our code does, and calls of free(), read() and the like wherever they come from, but not what
// libraries do that were built without it. Poco's server of the emulator hands a socket from the thread that accepts
// to the one that answers, and each lets go of it in its own time; the last one frees OpenSSL's buffers. The count that
// puts these in order is in Poco's library and is not seen, so the free() of the one looks like a race with a read() of
// the other. What OpenSSL itself reads, writes and frees is therefore not looked at; what gild does is, wherever it is
// called from.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libssl.so\n"
         "called_from_lib:libcrypto.so\n";
}
