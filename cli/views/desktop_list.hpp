// SPDX-License-Identifier: Apache-2.0
// Many desktops with few things to say about them: each thing once, with how many it holds for and the first of them.
//
//         12  left alone: its session is CONNECTED
//               FIN-017 (2f4a11d0…), FIN-018 (77c0a9e2…) and 10 more
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace gild {

class DesktopList {
 public:
  // `text` is what is said, `label` the desktop as people know it; both are escaped and may be coloured already. `rank`
  // sorts: lower ones first, then those that hold for more desktops.
  void add(int rank, const std::string& text, std::string label);
  // The same, for what nobody has to look after: unless all are asked for, only the number is shown.
  void add_quietly(int rank, const std::string& text, std::string label);
  bool empty() const { return kinds_.empty(); }
  // Lines of `width`; `every`: no desktop is left out.
  std::string render(std::size_t width, bool every) const;

 private:
  struct Kind {
    std::vector<std::string> labels;
    bool quiet = false;
  };
  std::map<std::pair<int, std::string>, Kind> kinds_;
};

}  // namespace gild
