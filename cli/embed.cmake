# SPDX-License-Identifier: Apache-2.0
# gild_embed(TARGET FUNCTION FILES…): builds text files into a target, so that the program needs no files beside it.
# `std::string_view gild::embedded::FUNCTION(std::string_view file_name)` gives a file's text, empty where there is none.
function(gild_embed target function)
  set(entries "")
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    cmake_path(GET file FILENAME name)
    string(APPEND entries "  if (name == \"${name}\") return R\"gild_embed(${text})gild_embed\";\n")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${function}.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"// Made by cli/embed.cmake; do not edit.
#include <string_view>

namespace gild::embedded {

std::string_view @function@(std::string_view name);
std::string_view @function@(std::string_view name) {
@entries@  return {};
}

}  // namespace gild::embedded
")
  target_sources(${target} PRIVATE ${source})
endfunction()
