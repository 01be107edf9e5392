# SPDX-License-Identifier: Apache-2.0
# gild_flags is linked PRIVATE by every target of ours and by nobody else's: warnings are our affair, not a packager's.
add_library(gild_flags INTERFACE)
target_compile_features(gild_flags INTERFACE cxx_std_20)
target_include_directories(gild_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gild_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Werror=switch -Werror=return-type
  $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>
  $<$<CXX_COMPILER_ID:Clang>:-Winconsistent-missing-override>
  $<$<BOOL:${GILD_DEVELOPER}>:-Werror>)
# g++ 12 takes `"literal" + std::string` for a copy of overlapping memory when it optimises fully (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(gild_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
# Hardened where it is built to be used; tests/hardening.py looks at what came of it. Not beside a sanitizer, which
# watches the same calls itself.
set(GILD_HARDENED OFF)
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$" AND NOT GILD_SANITIZE AND NOT GILD_FUZZ)
  set(GILD_HARDENED ON)
  # Before the first target, so that all of them are made for it.
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES CXX)
  target_compile_options(gild_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  target_link_options(gild_flags INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack)
endif()
if(GILD_SANITIZE)
  target_compile_options(gild_flags INTERFACE -fsanitize=${GILD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(gild_flags INTERFACE -fsanitize=${GILD_SANITIZE})
  if(GILD_SANITIZE MATCHES thread)
    target_sources(gild_flags INTERFACE
      $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${PROJECT_SOURCE_DIR}/cmake/thread_sanitizer.cc>)
  endif()
endif()

# Coverage, by which libFuzzer finds its way. The targets are linked with libFuzzer itself in tests/fuzz.
if(GILD_FUZZ)
  target_compile_options(gild_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# gild_layer(NAME SOURCES… LINKS …): one folder of engine/ as a static library.
function(gild_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(gild_${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(gild_${name} PUBLIC ${LAYER_LINKS} PRIVATE gild_flags ${LAYER_PRIVATE_LINKS})
  target_include_directories(gild_${name} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()
