// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/libpq.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

[[noreturn]] void fail() {
  const char* why = ::dlerror();
  throw Error(
      ErrorKind::storage,
      fmt::format("PostgreSQL's client library cannot be loaded: {}", escape_controls(why == nullptr ? "" : why)),
      "A state in PostgreSQL needs it. On Debian and Ubuntu:\n\n    apt-get install libpq5\n");
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  void* const found = ::dlsym(library, name);
  if (found == nullptr) fail();
  function = reinterpret_cast<Function>(found);
}

LibPq load() {
  // Never closed: it stays for the life of the program.
  void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail();
  LibPq functions{};
  find(library, "PQbackendPID", functions.PQbackendPID);
  find(library, "PQclear", functions.PQclear);
  find(library, "PQcmdTuples", functions.PQcmdTuples);
  find(library, "PQconnectPoll", functions.PQconnectPoll);
  find(library, "PQconnectStartParams", functions.PQconnectStartParams);
  find(library, "PQconninfo", functions.PQconninfo);
  find(library, "PQconninfoFree", functions.PQconninfoFree);
  find(library, "PQconninfoParse", functions.PQconninfoParse);
  find(library, "PQconsumeInput", functions.PQconsumeInput);
  find(library, "PQerrorMessage", functions.PQerrorMessage);
  find(library, "PQescapeIdentifier", functions.PQescapeIdentifier);
  find(library, "PQescapeLiteral", functions.PQescapeLiteral);
  find(library, "PQfinish", functions.PQfinish);
  find(library, "PQflush", functions.PQflush);
  find(library, "PQfreemem", functions.PQfreemem);
  find(library, "PQgetCopyData", functions.PQgetCopyData);
  find(library, "PQgetResult", functions.PQgetResult);
  find(library, "PQgetisnull", functions.PQgetisnull);
  find(library, "PQgetlength", functions.PQgetlength);
  find(library, "PQgetvalue", functions.PQgetvalue);
  find(library, "PQisBusy", functions.PQisBusy);
  find(library, "PQntuples", functions.PQntuples);
  find(library, "PQputCopyData", functions.PQputCopyData);
  find(library, "PQputCopyEnd", functions.PQputCopyEnd);
  find(library, "PQresultErrorField", functions.PQresultErrorField);
  find(library, "PQresultErrorMessage", functions.PQresultErrorMessage);
  find(library, "PQresultStatus", functions.PQresultStatus);
  find(library, "PQsendQuery", functions.PQsendQuery);
  find(library, "PQsendQueryParams", functions.PQsendQueryParams);
  find(library, "PQsetNoticeProcessor", functions.PQsetNoticeProcessor);
  find(library, "PQsetnonblocking", functions.PQsetnonblocking);
  find(library, "PQsocket", functions.PQsocket);
  find(library, "PQstatus", functions.PQstatus);
  return functions;
}

}  // namespace

const LibPq& pq() {
  static const LibPq kFunctions = load();
  return kFunctions;
}

}  // namespace gild
