// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/document_format.hpp"

#include "engine/codec/document.hpp"

namespace gild {

std::string document_format(std::string_view text, std::string_view name) {
  return Document(text, name).peek("format");
}

}  // namespace gild
