// SPDX-License-Identifier: Apache-2.0
// The lines of desktops in a state, read as write_desktop() writes them, character by character: no tree, no copy, each
// repeated text once. What a hand, jq or an older gild has written otherwise is left to the reader that understands all
// JSON; it says what is wrong, too. Used inside this folder only.
#pragma once

#include <string_view>

#include "engine/codec/pools.hpp"
#include "engine/model/state.hpp"

namespace gild {

class DesktopLineReader {
 public:
  // `line` is one object. False where it is not laid out as write_desktop() does, which says nothing about whether it
  // is right; `key` and `desktop` are of no use then.
  bool read(std::string_view line, DesktopKey& key, DesktopRecord& desktop);

 private:
  class Cursor;

  bool read_key(Cursor& cursor, DesktopKey& key);
  bool read_target(Cursor& cursor, DesktopRecord& desktop);
  bool read_previous(Cursor& cursor, DesktopRecord& desktop);
  bool read_details(Cursor& cursor, DesktopRecord& desktop);
  bool read_image(Cursor& cursor, ImageState& image);
  template <class Text>
  bool read_shared(Cursor& cursor, OptionalText<Text>& out);

  TextPool pool_;
  ValuePool<ImageState> previous_;
  ValuePool<ObservedDetails> details_;
};

}  // namespace gild
