// SPDX-License-Identifier: Apache-2.0
#include "engine/core/shared_text.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace gild {

SharedText::Block* SharedText::make(std::string_view text) {
  if (text.empty()) return nullptr;
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("SharedText: too long");
  void* memory = ::operator new(sizeof(Block) + text.size());
  auto* block = new (memory) Block{1, static_cast<std::uint32_t>(text.size())};
  std::memcpy(static_cast<char*>(memory) + sizeof(Block), text.data(), text.size());
  return block;
}

void SharedText::destroy(Block* block) noexcept {
  block->~Block();
  ::operator delete(block);
}

}  // namespace gild
